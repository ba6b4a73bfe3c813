package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** Normalisation of each token with frozen parameters. */
public sealed interface Norm permits LayerNorm, RmsNorm {
  /** What the features are multiplied by [d × 1]. */
  Matrix gain();

  /** What the backward needs: the input and what each token was normalised by [1 or 2 × T]. */
  record Saved(Matrix x, Matrix stats) {}

  /** Overwrites Y [d × T]. */
  Saved forward(Pass pass, Matrix x, Matrix y);

  /** Overwrites dX, which may be dY. */
  void backward(Pass pass, Saved saved, Matrix dY, Matrix dX);
}
