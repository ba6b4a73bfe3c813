package io.github.cola4j.adapter;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * Numbers that single methods have.
 *
 * @param rateB LoRA+: B's learning rate relative to A's, 16 (arXiv 2402.12354)
 * @param balance LoRAMoE: weight of the balance loss, 0.1 (arXiv 2312.09979)
 * @param feedforward IA3: the modules whose input is scaled and not their output, as HF PEFT's
 *     {@code feedforward_modules}: ends of names, wherever they begin, or {@code regex:} and an
 *     expression for the whole name
 * @param shape TT-LoRA: the factors of in, then those of out; empty chooses them for each layer
 */
public record MethodOptions(
    Double rateB,
    Double balance,
    @JsonInclude(JsonInclude.Include.ALWAYS) List<String> feedforward, // an empty one counts
    List<Integer> shape)
    implements Serializable {

  /** Fills in defaults and checks every value. */
  public MethodOptions {
    rateB = rateB == null ? 16.0 : rateB;
    balance = balance == null ? 0.1 : balance;
    feedforward = feedforward == null ? List.of("down_proj", "output.dense") : feedforward;
    shape = shape == null ? List.of() : shape;
    if (!(rateB > 0) || rateB.isInfinite()) {
      throw new IllegalArgumentException("options.rateB must be positive, got " + rateB);
    }
    if (!(balance >= 0) || balance.isInfinite()) {
      throw new IllegalArgumentException("options.balance must be 0 or more, got " + balance);
    }
    if (feedforward.stream().anyMatch(Objects::isNull)
        || shape.stream().anyMatch(factor -> factor == null || factor < 1)) {
      throw new IllegalArgumentException(
          "options.feedforward and options.shape need entries that are filled and positive, got "
              + feedforward
              + " and "
              + shape);
    }
    feedforward = List.copyOf(feedforward);
    feedforward.forEach(MethodOptions::requireExpression);
    shape = List.copyOf(shape);
  }

  /**
   * Whether IA3 scales a module's input. {@code output.dense} is also the end of {@code
   * attention.output.dense}, as it is in PEFT.
   */
  public boolean isFeedforward(String module) {
    return feedforward.stream()
        .anyMatch(
            end ->
                end.startsWith(TargetModules.REGEX)
                    ? ModulePattern.of(end, end.substring(TargetModules.REGEX.length()))
                        .matches(module)
                    : module.endsWith(end));
  }

  private static void requireExpression(String end) {
    if (end.startsWith(TargetModules.REGEX)) {
      ModulePattern.of(
          "'" + end + "' of options.feedforward", end.substring(TargetModules.REGEX.length()));
    }
  }

  /** Every default. */
  public static MethodOptions defaults() {
    return new MethodOptions(null, null, null, null);
  }
}
