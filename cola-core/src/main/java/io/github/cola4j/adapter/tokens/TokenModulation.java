package io.github.cola4j.adapter.tokens;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Modulation of the tokens that a block merges (PYRA, arXiv 2403.09192, section 3.2), bound to its
 * part of a task's parameters. Of each image's pairs, most similar first, S [D × r] are the tokens
 * that are merged and T [D × r] those they are merged into:
 *
 * <pre>
 *   M = LN(S + T)   u = 2 σ(W_D M) − 1 [1 × r]   e = 2 σ(M W_r) [D × 1]   S' = S + S ⊙ e u
 * </pre>
 *
 * With W_D = 0, as training starts, S' = S. An image of fewer pairs than r takes the first of W_r.
 * Both σ are computed as 2 σ(z) = 1 + tanh(z / 2).
 */
public final class TokenModulation {
  private static final double EPS = 1e-5;

  private final Parameters theta;
  private final Parameters gradient;

  /**
   * The parameters of a block, or their gradients.
   *
   * @param wr W_r [r × 1]
   * @param wd W_D [1 × D]
   * @param gain of the layer normalisation [D × 1]
   * @param shift of the layer normalisation [D × 1]
   */
  public record Parameters(Matrix wr, Matrix wd, Matrix gain, Matrix shift) {}

  /**
   * What the backward needs, n = images · pairs.
   *
   * @param source S [D × n]
   * @param sum S + T [D × n]
   * @param ones [D × n], whose first column is the gain of a normalisation without one
   * @param normal LN's output before gain and shift [D × n]
   * @param stats of the normalisation [2 × n]
   * @param m M [D × n]
   * @param u [1 × n]
   * @param tanh e − 1, an image's a column [D × images]
   * @param e [D × images]
   */
  public record Saved(
      Matrix source,
      Matrix sum,
      Matrix ones,
      Matrix normal,
      Matrix stats,
      Matrix m,
      Matrix u,
      Matrix tanh,
      Matrix e) {}

  /** Of a block. */
  public TokenModulation(Parameters theta, Parameters gradient) {
    this.theta = theta;
    this.gradient = gradient;
  }

  /**
   * Overwrites S'.
   *
   * @param source S, image by image [D × images · pairs]
   * @param target T, likewise
   */
  public Saved forward(Pass pass, Matrix source, Matrix target, int images, Matrix y) {
    int d = source.rows();
    int n = source.columns();
    int pairs = n / images;
    Matrix sum = pass.matrix(d, n);
    pass.kernels().copy(source, sum);
    pass.kernels().add(1, target, sum);
    Matrix ones = pass.matrix(d, n);
    pass.kernels().fill(1, ones);
    Matrix zeros = pass.matrix(d, 1);
    pass.kernels().fill(0, zeros);
    Matrix normal = pass.matrix(d, n);
    Matrix stats = pass.matrix(2, n);
    pass.kernels().layerNorm(sum, ones.columns(0, 1), zeros, EPS, normal, stats);
    Matrix m = pass.matrix(d, n);
    pass.kernels().broadcast(theta.shift, m);
    pass.kernels().scaleRows(theta.gain, normal, 1, m);
    Matrix u = pass.matrix(1, n);
    pass.kernels().gemm(0.5, theta.wd, false, m, false, 0, u);
    pass.kernels().cap(1, u, u);
    Matrix tanh = pass.matrix(d, images);
    Matrix wr = theta.wr.rows(0, pairs);
    for (int i = 0; i < images; i++) {
      pass.kernels().gemm(0.5, of(m, i, pairs), false, wr, false, 0, tanh.columns(i, i + 1));
    }
    pass.kernels().cap(1, tanh, tanh);
    Matrix e = pass.matrix(d, images);
    pass.kernels().fill(1, e);
    pass.kernels().add(1, tanh, e);
    pass.kernels().copy(source, y);
    addModulated(pass, e, source, u, y);
    return new Saved(source, sum, ones, normal, stats, m, u, tanh, e);
  }

  /** Y ← Y + X ⊙ e u, each image with its own e. */
  private static void addModulated(Pass pass, Matrix e, Matrix x, Matrix u, Matrix y) {
    int pairs = x.columns() / e.columns();
    Matrix scaled = pass.matrix(x.rows(), x.columns());
    for (int i = 0; i < e.columns(); i++) {
      pass.kernels().scaleRows(e.columns(i, i + 1), of(x, i, pairs), 0, of(scaled, i, pairs));
    }
    pass.kernels().scaleColumns(u, scaled, 1, y);
  }

  /**
   * Adds to the parameters' gradients; overwrites dS and dT.
   *
   * @param dY dS' [D × images · pairs]
   */
  public void backward(Pass pass, Saved s, Matrix dY, Matrix dSource, Matrix dTarget) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    int n = dY.columns();
    int images = s.e.columns();
    int pairs = n / images;
    Matrix products = pass.matrix(d, n); // dS' ⊙ S
    pass.kernels().multiply(dY, s.source, products);
    Matrix dU = pass.matrix(1, n);
    Matrix dE = pass.matrix(d, images);
    for (int i = 0; i < images; i++) {
      Matrix e = s.e.columns(i, i + 1);
      Matrix own = of(products, i, pairs);
      pass.kernels().gemm(1, e, true, own, false, 0, of(dU, i, pairs));
      pass.kernels().gemm(1, own, false, of(s.u, i, pairs), true, 0, dE.columns(i, i + 1));
    }
    pass.kernels().capBackward(1, s.u, dU, dU); // of W_D M / 2
    pass.kernels().capBackward(1, s.tanh, dE, dE); // of M W_r / 2
    pass.kernels().gemm(0.5, dU, false, s.m, true, 1, gradient.wd);
    Matrix dM = pass.matrix(d, n);
    pass.kernels().gemm(0.5, theta.wd, true, dU, false, 0, dM);
    Matrix wr = theta.wr.rows(0, pairs);
    for (int i = 0; i < images; i++) {
      Matrix own = dE.columns(i, i + 1);
      Matrix m = of(s.m, i, pairs);
      pass.kernels().gemm(0.5, m, true, own, false, 1, gradient.wr.rows(0, pairs));
      pass.kernels().gemm(0.5, own, false, wr, true, 1, of(dM, i, pairs));
    }
    pass.kernels().rowDots(dM, s.normal, gradient.gain);
    pass.kernels().rowDots(dM, s.ones, gradient.shift);
    pass.kernels().scaleRows(theta.gain, dM, 0, dM);
    pass.kernels().layerNormBackward(s.sum, s.ones.columns(0, 1), s.stats, dM, dTarget);
    pass.kernels().copy(dY, dSource);
    addModulated(pass, s.e, dY, s.u, dSource);
    pass.kernels().add(1, dTarget, dSource);
    pass.arena().release(mark);
  }

  private static Matrix of(Matrix m, int image, int pairs) {
    return m.columns(image * pairs, (image + 1) * pairs);
  }
}
