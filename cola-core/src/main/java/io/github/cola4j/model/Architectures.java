package io.github.cola4j.model;

import io.github.cola4j.services.Services;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The architectures on the class path, by {@code model_type}: those beside this class, and those
 * that the thread's context class loader has, such as a Spark application's own.
 */
public final class Architectures {
  private static final String WHAT = "the architectures";
  private static final List<Architecture> OWN = Services.beside(Architecture.class, WHAT);

  private Architectures() {}

  /**
   * The architecture of a model type.
   *
   * @throws IllegalArgumentException if there is none, naming those that there are
   */
  public static Architecture of(String modelType) {
    return find(modelType)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected a model type among " + registered() + ", got '" + modelType + "'"));
  }

  /** All of them. */
  public static List<Architecture> all() {
    return Services.all(Architecture.class, WHAT);
  }

  /** Reads a configuration by the architecture that its {@code model_type} names. */
  static TransformerConfig config(ConfigKeys keys) {
    Architecture architecture =
        find(keys.text("model_type", ""))
            .orElseThrow(() -> keys.wrong("model_type", registered() + ", which are implemented"));
    try {
      return architecture.config(keys);
    } catch (IllegalArgumentException e) {
      throw e.getMessage().startsWith(keys.source())
          ? e
          : new IllegalArgumentException(keys.source() + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Architecture> find(String modelType) {
    Optional<Architecture> own = find(OWN, modelType);
    return own.isPresent() ? own : find(all(), modelType);
  }

  private static Optional<Architecture> find(List<Architecture> among, String modelType) {
    return among.stream().filter(each -> each.modelTypes().contains(modelType)).findFirst();
  }

  /** {@code "bert", "llama" or "qwen2"}. */
  private static String registered() {
    List<String> types =
        all().stream()
            .flatMap(architecture -> architecture.modelTypes().stream())
            .collect(Collectors.toCollection(TreeSet::new))
            .stream()
            .map(type -> '"' + type + '"')
            .toList();
    int last = types.size() - 1;
    return last < 1
        ? String.join("", types)
        : String.join(", ", types.subList(0, last)) + " or " + types.get(last);
  }
}
