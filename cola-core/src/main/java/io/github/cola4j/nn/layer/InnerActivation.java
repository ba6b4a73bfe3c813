package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.List;

/**
 * What the outputs of a feed-forward's first layers become: A of one of them, or of gate and up,
 * all [d × T].
 */
public interface InnerActivation {
  /** How many outputs A is computed of. */
  int inputs();

  /** Overwrites A. */
  void forward(Pass pass, List<Matrix> inputs, Matrix a);

  /** Overwrites the inputs' gradients, of which the last may be dA. */
  void backward(Pass pass, List<Matrix> inputs, Matrix dA, List<Matrix> dInputs);
}
