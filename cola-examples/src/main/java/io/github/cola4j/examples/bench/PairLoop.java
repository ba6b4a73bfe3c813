package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * CoLA as it is written down, to compare with: for each pair (i, j) of the pairing two products and
 * one addition to Y, and in the backward four products and one addition to dX. What automatic
 * differentiation of {@code y += s * B_j(A_i(x))} computes, with all memory at hand beforehand and
 * without the fixed pair.
 *
 * @param pairing P, zeros and ones [M × N]
 * @param rank r
 * @param scaling s
 * @param a A_iᵀ side by side [in × M·r]
 * @param b B_j side by side [out × N·r]
 * @param gradA like {@code a}
 * @param gradB like {@code b}
 */
record PairLoop(
    FrozenLinear linear,
    double[][] pairing,
    int rank,
    double scaling,
    Matrix a,
    Matrix b,
    Matrix gradA,
    Matrix gradB) {

  /** Forward and backward; overwrites Y and dX, adds to the factors' gradients. */
  void run(Pass pass, Matrix x, Matrix y, Matrix dY, Matrix dX) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix[][] z = new Matrix[pairing.length][pairing[0].length]; // [r × T] each
    Matrix update = pass.matrix(y.rows(), y.columns());
    Matrix dUpdate = pass.matrix(dX.rows(), dX.columns());
    Matrix dZ = pass.matrix(rank, x.columns());
    linear.forward(pass, x, y);
    for (int i = 0; i < z.length; i++) {
      for (int j = 0; j < z[i].length; j++) {
        if (pairing[i][j] != 0) {
          z[i][j] = pass.matrix(rank, x.columns());
          kernels.gemm(1, block(a, i), true, x, false, 0, z[i][j]);
          kernels.gemm(1, block(b, j), false, z[i][j], false, 0, update);
          kernels.add(scaling, update, y);
        }
      }
    }
    linear.backward(pass, dY, 0, dX);
    for (int i = 0; i < z.length; i++) {
      for (int j = 0; j < z[i].length; j++) {
        if (pairing[i][j] != 0) {
          kernels.gemm(scaling, dY, false, z[i][j], true, 1, block(gradB, j));
          kernels.gemm(scaling, block(b, j), true, dY, false, 0, dZ);
          kernels.gemm(1, x, false, dZ, true, 1, block(gradA, i));
          kernels.gemm(1, block(a, i), false, dZ, false, 0, dUpdate);
          kernels.add(1, dUpdate, dX);
        }
      }
    }
    pass.arena().release(mark);
  }

  private Matrix block(Matrix factors, int index) {
    return factors.columns(index * rank, (index + 1) * rank);
  }
}
