package io.github.cola4j.adapter.scaling;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * A weight scaled element by element (SPP, arXiv 2405.16057). With g = ⌈out/16⌉ and R [out × 16],
 * which is 1 where row o and column ⌊o/g⌋ meet and 0 elsewhere:
 *
 * <pre>
 *   F = diag(β) R [out × 16]    W' = W + s W ⊙ (F α)    Y = W' X + b    dX = W'ᵀ dY
 *   H = W ⊙ (dY Xᵀ)             dα += s Fᵀ H            dβ += diag(s H αᵀ Rᵀ)
 * </pre>
 *
 * <p>So w'_oi = w_oi (1 + s β_o α_{⌊o/g⌋ i}), and a zero of W stays one. W' is made in working
 * memory, once forward and once backward, and one product with X is as much as the frozen layer's
 * own. There is nothing to add to W X that would be cheaper, so this is no {@link Delta}.
 */
final class SppAdapter implements Adapter {

  /**
   * A module's matrices.
   *
   * @param alpha α [16 × in]
   * @param beta β [out × 1]
   */
  record Weights(Matrix alpha, Matrix beta) {}

  private record Forward(Matrix x) implements Saved {}

  private final FrozenLinear linear;
  private final double scaling;
  private final Weights weights;
  private final Weights gradient;
  private final Matrix groups; // R [out × 16]
  private final Matrix factors; // F [out × 16]

  /**
   * @param scaling s
   * @param weights windows of the task's parameters
   * @param gradient windows of the gradient like {@code weights}
   */
  SppAdapter(FrozenLinear linear, double scaling, Weights weights, Weights gradient) {
    this.linear = linear;
    this.scaling = scaling;
    this.weights = weights;
    this.gradient = gradient;
    int rows = linear.out();
    int columns = weights.alpha().rows();
    int size = (rows + columns - 1) / columns;
    float[] elements = new float[rows * columns];
    for (int o = 0; o < rows; o++) {
      elements[o / size * rows + o] = 1;
    }
    this.groups = Matrix.of(weights.alpha().type(), rows, columns, elements);
    this.factors = Matrix.zeros(weights.alpha().type(), rows, columns);
  }

  @Override
  public FrozenLinear linear() {
    return linear;
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    pass.kernels().scaleRows(weights.beta(), groups, 0, factors);
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    var mark = pass.arena().mark();
    adapted(pass).forward(pass, x, y);
    pass.arena().release(mark);
    return new Forward(x);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    if (dX != null) {
      adapted(pass).backward(pass, dY, beta, dX);
    }
    Matrix h = pass.matrix(linear.out(), linear.in());
    kernels.gemm(1, dY, false, ((Forward) saved).x(), true, 0, h);
    kernels.multiply(h, linear.weight().matrix(pass), h);
    kernels.gemm(scaling, factors, true, h, false, 1, gradient.alpha());
    Matrix dFactors = pass.matrix(factors.rows(), factors.columns());
    kernels.gemm(scaling, h, false, weights.alpha(), true, 0, dFactors);
    kernels.rowDots(dFactors, groups, gradient.beta());
    pass.arena().release(mark);
  }

  /** The layer with W', in working memory. */
  private FrozenLinear adapted(Pass pass) {
    Kernels kernels = pass.kernels();
    Matrix weight = pass.matrix(linear.out(), linear.in());
    kernels.gemm(scaling, factors, false, weights.alpha(), false, 0, weight);
    Matrix frozen = linear.weight().matrix(pass);
    kernels.multiply(weight, frozen, weight);
    kernels.add(1, frozen, weight);
    return new FrozenLinear(linear.name(), weight, linear.bias());
  }
}
