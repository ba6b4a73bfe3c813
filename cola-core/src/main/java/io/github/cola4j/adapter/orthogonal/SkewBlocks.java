package io.github.cola4j.adapter.orthogonal;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Skew-symmetric blocks Q_i [b × b] side by side, by what is above their diagonals row by row: Q_kc
 * = q_e and Q_ck = −q_e for k below c; dq_e += dQ_kc − dQ_ck.
 */
final class SkewBlocks {
  private final int size; // b
  private final Matrix q; // [b (b − 1) / 2 × blocks]
  private final Matrix gradQ;
  private final int[] above; // where each q_e is in [Q_1, Q_2, …], as column-major elements
  private final int[] below; // where −q_e is

  SkewBlocks(int size, Matrix q, Matrix gradQ) {
    this.size = size;
    this.q = q;
    this.gradQ = gradQ;
    this.above = new int[Math.toIntExact(q.length())];
    this.below = new int[above.length];
    for (int block = 0, e = 0; block < q.columns(); block++) {
      int start = block * size * size;
      for (int k = 0; k < size; k++) {
        for (int c = k + 1; c < size; c++, e++) {
          above[e] = start + c * size + k;
          below[e] = start + k * size + c;
        }
      }
    }
  }

  int size() {
    return size;
  }

  private static Matrix row(Matrix m) {
    return m.reshape(1, Math.toIntExact(m.length()));
  }

  /** Overwrites [Q_1, Q_2, …] [b × b · blocks]. */
  void write(Pass pass, Matrix blocks) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix negative = pass.matrix(q.rows(), q.columns());
    kernels.scale(-1, q, negative);
    kernels.fill(0, blocks);
    kernels.scatterAdd(row(q), above, row(blocks));
    kernels.scatterAdd(row(negative), below, row(blocks));
    pass.arena().release(mark);
  }

  /** Adds to the gradient of what is trained; overwrites dQ. */
  void backward(Pass pass, Matrix dBlocks) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    kernels.gather(row(dBlocks), above, true, row(gradQ));
    Matrix dBelow = pass.matrix(q.rows(), q.columns());
    kernels.gather(row(dBlocks), below, false, row(dBelow));
    kernels.add(-1, dBelow, gradQ);
    pass.arena().release(mark);
  }
}
