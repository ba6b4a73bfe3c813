package io.github.cola4j.adapter.tensortrain;

import java.util.List;

/**
 * Options of TT-LoRA.
 *
 * @param shape the factors of in, then those of out; empty chooses them for each layer
 */
public record TensorTrainOptions(List<Integer> shape) {

  /** Fills in the default and checks every value. */
  public TensorTrainOptions {
    shape = shape == null ? List.of() : shape;
    if (shape.stream().anyMatch(factor -> factor == null || factor < 1)) {
      throw new IllegalArgumentException("options.shape needs factors of at least 1, got " + shape);
    }
    shape = List.copyOf(shape);
  }
}
