package io.github.cola4j.adapter;

import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.WeakHashMap;
import java.util.stream.Collectors;

/**
 * The methods by name: what {@link MethodProvider}s offer, those beside this class first, then
 * those that the thread's context class loader alone has.
 */
public final class AdapterMethods {
  /** What was found with a context class loader; softly held, since methods hold their loader. */
  private static final Map<ClassLoader, SoftReference<List<AdapterMethod>>> FOUND =
      Collections.synchronizedMap(new WeakHashMap<>());

  private AdapterMethods() {}

  /**
   * Every method.
   *
   * @throws IllegalArgumentException if a provider cannot be loaded, or two methods have one name
   */
  public static List<AdapterMethod> all() {
    ClassLoader own = AdapterMethods.class.getClassLoader();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    Map<Class<?>, MethodProvider> providers = new HashMap<>();
    List<AdapterMethod> methods = new ArrayList<>();
    add(own, providers, methods);
    if (context != null && context != own && knowsProviders(context)) {
      add(context, providers, methods);
    }
    requireDistinct(methods);
    FOUND.put(context == null ? own : context, new SoftReference<>(List.copyOf(methods)));
    return List.copyOf(methods);
  }

  private static void add(
      ClassLoader loader, Map<Class<?>, MethodProvider> known, List<AdapterMethod> methods) {
    try {
      for (MethodProvider provider : ServiceLoader.load(MethodProvider.class, loader)) {
        if (known.putIfAbsent(provider.getClass(), provider) == null) {
          methods.addAll(provider.methods());
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new IllegalArgumentException(
          "cannot load the methods of adapting: "
              + e.getMessage()
              + "; correct the jar that names it in META-INF/services, or leave it out",
          e);
    }
  }

  /** Whether classes of the loader are of this class's interface and not of another copy of it. */
  private static boolean knowsProviders(ClassLoader loader) {
    try {
      return loader.loadClass(MethodProvider.class.getName()) == MethodProvider.class;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static void requireDistinct(List<AdapterMethod> methods) {
    Map<String, AdapterMethod> byName = new HashMap<>();
    for (AdapterMethod method : methods) {
      AdapterMethod other = byName.put(method.name(), method);
      if (other != null) {
        throw new IllegalArgumentException(
            "two methods of adapting have the name '"
                + method.name()
                + "': "
                + other.getClass().getName()
                + " and "
                + method.getClass().getName()
                + "; leave the jar of one of them out");
      }
    }
  }

  /**
   * The method of a name.
   *
   * @throws IllegalArgumentException naming the known ones
   */
  public static AdapterMethod named(String name) {
    AdapterMethod known = find(found(), name);
    if (known != null) {
      return known;
    }
    List<AdapterMethod> all = all(); // a jar may have come since
    AdapterMethod method = find(all, name);
    if (method == null) {
      throw new IllegalArgumentException(
          "unknown method '"
              + name
              + "'; there are "
              + all.stream().map(AdapterMethod::name).collect(Collectors.joining(", ")));
    }
    return method;
  }

  private static List<AdapterMethod> found() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    SoftReference<List<AdapterMethod>> found =
        FOUND.get(context == null ? AdapterMethods.class.getClassLoader() : context);
    List<AdapterMethod> methods = found == null ? null : found.get();
    return methods == null ? List.of() : methods;
  }

  private static AdapterMethod find(List<AdapterMethod> methods, String name) {
    return methods.stream().filter(method -> method.name().equals(name)).findFirst().orElse(null);
  }
}
