package io.github.cola4j.adapter.orthogonal;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * A layer whose inputs are turned, X_i being blocks of b rows:
 *
 * <pre>
 *   X'_i = R_iᵀ X_i     Y = W X' + bias
 *   dX' = Wᵀ dY         dR_i = X_i dX'_iᵀ     dX_i = R_i dX'_i
 * </pre>
 *
 * @param skew Q_i, of which R_i are made
 * @param rotation one R for each block, or one for all
 */
record OftAdapter(FrozenLinear linear, SkewBlocks skew, Rotation rotation) implements Adapter {

  /** X [in × T]. */
  private record Forward(Matrix x) implements Saved {}

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    skew.write(pass, rotation.q());
    rotation.refresh(pass);
  }

  /** The rotation of the block that begins at a row. */
  private Matrix of(Matrix rotations, int row) {
    int from = row % rotations.columns();
    return rotations.columns(from, from + skew.size());
  }

  private Matrix rows(Matrix m, int row) {
    return m.rows(row, row + skew.size());
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    var mark = pass.arena().mark();
    Matrix turned = pass.matrix(x.rows(), x.columns());
    for (int row = 0; row < x.rows(); row += skew.size()) {
      pass.kernels()
          .gemm(1, of(rotation.r(), row), true, rows(x, row), false, 0, rows(turned, row));
    }
    linear.forward(pass, turned, y);
    pass.arena().release(mark);
    return new Forward(x);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
    Kernels kernels = pass.kernels();
    Matrix x = ((Forward) saved).x();
    var mark = pass.arena().mark();
    Matrix dTurned = pass.matrix(x.rows(), x.columns());
    linear.backward(pass, dY, 0, dTurned);
    Matrix dR = pass.matrix(skew.size(), rotation.r().columns());
    kernels.fill(0, dR);
    for (int row = 0; row < x.rows(); row += skew.size()) {
      Matrix own = rows(dTurned, row);
      kernels.gemm(1, rows(x, row), false, own, true, 1, of(dR, row));
      if (dX != null) {
        kernels.gemm(1, of(rotation.r(), row), false, own, false, beta, rows(dX, row));
      }
    }
    Matrix dQ = pass.matrix(skew.size(), dR.columns());
    rotation.backward(pass, dR, dQ);
    skew.backward(pass, dQ);
    pass.arena().release(mark);
  }
}
