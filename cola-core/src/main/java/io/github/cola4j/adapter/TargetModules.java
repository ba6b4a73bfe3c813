package io.github.cola4j.adapter;

import java.util.Collection;
import java.util.List;

/**
 * Which linear layers get an adapter, as HF PEFT's {@code target_modules}: {@code all-linear};
 * suffixes of module names that end at a dot ({@code query}, {@code attention.output.dense}); or
 * {@code regex:} and an expression that the whole name must match.
 */
public final class TargetModules {
  /** Every linear layer but the head. */
  public static final String ALL_LINEAR = "all-linear";

  /** Begins an expression that the whole name must match. */
  public static final String REGEX = "regex:";

  private final List<String> targets;

  /** Checks the targets. */
  public TargetModules(List<String> targets) {
    if (targets.isEmpty()) {
      throw new IllegalArgumentException(
          "targets is empty; expected all-linear, module suffixes or regex:…");
    }
    for (String target : targets) {
      if (target.startsWith(REGEX)) {
        ModulePattern.of("target '" + target + "'", target.substring(REGEX.length()));
      }
    }
    this.targets = List.copyOf(targets);
  }

  /** Whether a module is adapted. */
  public boolean contains(String module) {
    return targets.stream().anyMatch(target -> matches(target, module));
  }

  /**
   * The adapted ones of a model's modules, in the model's order.
   *
   * @throws IllegalArgumentException if a target matches no module; the message lists the modules
   */
  public List<String> select(Collection<String> modules) {
    for (String target : targets) {
      if (modules.stream().noneMatch(module -> matches(target, module))) {
        throw new IllegalArgumentException(
            "target '" + target + "' matches no linear layer; the model has " + modules);
      }
    }
    return modules.stream().filter(this::contains).toList();
  }

  private static boolean matches(String target, String module) {
    if (target.equals(ALL_LINEAR)) {
      return true;
    }
    if (target.startsWith(REGEX)) {
      return ModulePattern.of(target, target.substring(REGEX.length())).matches(module);
    }
    return module.equals(target) || module.endsWith("." + target);
  }
}
