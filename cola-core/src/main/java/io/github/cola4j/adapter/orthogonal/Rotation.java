package io.github.cola4j.adapter.orthogonal;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/** Rotations R_i [b × b] of skew-symmetric Q_i, side by side. Belongs to one thread. */
interface Rotation {

  /** Where Q is to be written before {@link #refresh} [b × b · blocks]. */
  Matrix q();

  /** R as it is after the last refresh [b × b · blocks]. */
  Matrix r();

  /** Computes R of Q. */
  void refresh(Pass pass);

  /** dQ ← the gradient of R taken back; dR may be overwritten. */
  void backward(Pass pass, Matrix dR, Matrix dQ);
}
