package io.github.cola4j.adapter.scaling;

import io.github.cola4j.adapter.ModulePattern;
import io.github.cola4j.adapter.TargetModules;
import java.util.List;
import java.util.Objects;

/**
 * Options of IA³.
 *
 * @param feedforward the modules whose input is scaled and not their output, as HF PEFT's {@code
 *     feedforward_modules}: ends of names, wherever they begin, or {@code regex:} and an expression
 *     for the whole name
 */
public record Ia3Options(List<String> feedforward) {

  /** Fills in the default and checks every value. */
  public Ia3Options {
    feedforward = feedforward == null ? List.of("down_proj", "output.dense") : feedforward;
    if (feedforward.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "options.feedforward has an empty entry; fill or remove it, got " + feedforward);
    }
    feedforward = List.copyOf(feedforward);
    feedforward.stream().filter(Ia3Options::isExpression).forEach(Ia3Options::pattern);
  }

  /**
   * Whether a module's input is scaled. {@code output.dense} is also the end of {@code
   * attention.output.dense}, as it is in PEFT.
   */
  public boolean isFeedforward(String module) {
    return feedforward.stream()
        .anyMatch(end -> isExpression(end) ? pattern(end).matches(module) : module.endsWith(end));
  }

  private static boolean isExpression(String end) {
    return end.startsWith(TargetModules.REGEX);
  }

  private static ModulePattern pattern(String end) {
    return ModulePattern.of(
        "'" + end + "' of options.feedforward", end.substring(TargetModules.REGEX.length()));
  }
}
