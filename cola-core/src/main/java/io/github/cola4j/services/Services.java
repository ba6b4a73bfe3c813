package io.github.cola4j.services;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Implementations of an interface that jars name in {@code META-INF/services}. */
public final class Services {
  private Services() {}

  /**
   * All of them, one a class: those beside the interface first, then those that the thread's
   * context class loader alone has, as it has a Spark application's jars.
   *
   * @param what they are, for messages: {@code the kernel providers}
   * @throws IllegalArgumentException if one cannot be loaded
   */
  public static <T> List<T> all(Class<T> type, String what) {
    List<T> found = new ArrayList<>(beside(type, what));
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    if (context != null && context != type.getClassLoader() && has(context, type)) {
      for (T service : load(context, type, what)) {
        if (found.stream().noneMatch(known -> known.getClass() == service.getClass())) {
          found.add(service);
        }
      }
    }
    return found;
  }

  /** Those beside the interface, which no application's jar can replace. */
  public static <T> List<T> beside(Class<T> type, String what) {
    return load(type.getClassLoader(), type, what);
  }

  private static <T> List<T> load(ClassLoader loader, Class<T> type, String what) {
    try {
      return ServiceLoader.load(type, loader).stream().map(ServiceLoader.Provider::get).toList();
    } catch (ServiceConfigurationError e) {
      throw new IllegalArgumentException(
          "cannot load "
              + what
              + ": "
              + e.getMessage()
              + "; correct the jar that names it in META-INF/services, or leave it out",
          e);
    }
  }

  /** Whether classes of the loader are of this interface and not of another copy of it. */
  private static boolean has(ClassLoader loader, Class<?> type) {
    try {
      return loader.loadClass(type.getName()) == type;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
