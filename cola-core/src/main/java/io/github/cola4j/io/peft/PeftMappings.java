package io.github.cola4j.io.peft;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The mappings that there are: those beside this class, then those of the thread's class loader.
 */
final class PeftMappings {
  private PeftMappings() {}

  /**
   * Every mapping.
   *
   * @throws IllegalArgumentException if one cannot be loaded
   */
  static List<PeftMapping> all() {
    ClassLoader own = PeftMappings.class.getClassLoader();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    List<PeftMapping> mappings = new ArrayList<>();
    add(own, mappings);
    if (context != null && context != own && knowsMappings(context)) {
      add(context, mappings);
    }
    return mappings;
  }

  private static void add(ClassLoader loader, List<PeftMapping> mappings) {
    try {
      for (PeftMapping mapping : ServiceLoader.load(PeftMapping.class, loader)) {
        if (mappings.stream().noneMatch(known -> known.getClass() == mapping.getClass())) {
          mappings.add(mapping);
        }
      }
    } catch (ServiceConfigurationError e) {
      throw new IllegalArgumentException(
          "cannot load the mappings of methods to HF PEFT's: "
              + e.getMessage()
              + "; correct the jar that names it in META-INF/services, or leave it out",
          e);
    }
  }

  /** Whether classes of the loader are of this class's interface and not of another copy of it. */
  private static boolean knowsMappings(ClassLoader loader) {
    try {
      return loader.loadClass(PeftMapping.class.getName()) == PeftMapping.class;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** How a method is written; null if no mapping is for it. */
  static PeftMapping of(String method) {
    return all().stream()
        .filter(mapping -> mapping.methods().contains(method))
        .findFirst()
        .orElse(null);
  }
}
