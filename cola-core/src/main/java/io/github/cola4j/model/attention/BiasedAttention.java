package io.github.cola4j.model.attention;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Softmax attention of one head's queries Q [dh × n] to keys K and values V [dh × m], whose scores
 * have a bias B [m × n]:
 *
 * <pre>   S = s KᵀQ + B   P = softmax(S)   O = V P</pre>
 *
 * P [m × n] is not kept but computed again.
 */
public final class BiasedAttention {
  /** The bias of a key that a query does not see, in all precisions. */
  public static final float UNSEEN = -1e30f;

  private BiasedAttention() {}

  /** A head's rows of some tokens' columns [dh × n]. */
  public static Matrix part(Matrix m, int head, int heads, int from, int to) {
    int width = m.rows() / heads;
    return m.rows(head * width, (head + 1) * width).columns(from, to);
  }

  /** Overwrites O [dh × n]. */
  public static void forward(
      Pass pass, double scale, Matrix q, Matrix k, Matrix v, Matrix bias, Matrix o) {
    Matrix p = probabilities(pass, scale, q, k, bias);
    pass.kernels().gemm(1, v, false, p, false, 0, o);
  }

  /**
   * Overwrites dQ; dK ← beta dK + the gradient, and so dV.
   *
   * @return dS [m × n], which is the bias's gradient too, in the pass's working memory
   */
  public static Matrix backward(
      Pass pass,
      double scale,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix bias,
      Matrix dO,
      Matrix dQ,
      double beta,
      Matrix dK,
      Matrix dV) {
    Matrix p = probabilities(pass, scale, q, k, bias);
    pass.kernels().gemm(1, dO, false, p, true, beta, dV);
    Matrix dS = pass.matrix(p.rows(), p.columns());
    pass.kernels().gemm(1, v, true, dO, false, 0, dS);
    pass.kernels().softmaxBackward(p, dS, dS);
    pass.kernels().gemm(scale, k, false, dS, false, 0, dQ);
    pass.kernels().gemm(scale, q, false, dS, true, beta, dK);
    return dS;
  }

  /** P, a query's a column. */
  private static Matrix probabilities(Pass pass, double scale, Matrix q, Matrix k, Matrix bias) {
    Matrix p = pass.matrix(k.columns(), q.columns());
    pass.kernels().copy(bias, p);
    pass.kernels().gemm(scale, k, true, q, false, 1, p);
    pass.kernels().softmax(p, p);
    return p;
  }
}
