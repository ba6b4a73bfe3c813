package io.github.cola4j.adapter;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * Numbers that single methods have.
 *
 * @param rateB LoRA+: B's learning rate relative to A's, 16 (arXiv 2402.12354)
 * @param balance LoRAMoE: weight of the balance loss, 0.1 (arXiv 2312.09979)
 * @param feedforward IA3: suffixes of the modules whose input is scaled and not their output, as HF
 *     PEFT's {@code feedforward_modules}
 * @param shape TT-LoRA: the factors of in and out, whose products are these; empty chooses them
 */
public record MethodOptions(
    Double rateB, Double balance, List<String> feedforward, List<Integer> shape)
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
    shape = List.copyOf(shape);
  }

  /** Every default. */
  public static MethodOptions defaults() {
    return new MethodOptions(null, null, null, null);
  }
}
