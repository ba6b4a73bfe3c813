package io.github.cola4j.adapter.experts;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.lowrank.DownProjection;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * E experts of rank r/E, weighed alike for all tokens of a task (MOELoRA, arXiv 2310.18339). With γ
 * the task's gate and ω_e repeated for each of its expert's ranks:
 *
 * <pre>
 *   ω = softmax(γ) [E × 1]    C = s [ω_1 B_1 … ω_E B_E] [out × r]
 *   Z = [A_1; …; A_E] X       Y += C Z
 *   dC = dY Zᵀ                dB_e += s ω_e dC_e    dω_e = s ⟨dC_e, B_e⟩    dγ += ω ⊙ (dω − ωᵀdω)
 *   dZ = Cᵀ dY                dA += dZ Xᵀ           dX += Aᵀ dZ
 * </pre>
 */
final class TaskGatedDelta implements Delta {

  /**
   * A module's matrices.
   *
   * @param a A_eᵀ side by side [in × r]
   * @param b B_e side by side [out × r]
   * @param gate γ [E × 1]
   */
  record Weights(Matrix a, Matrix b, Matrix gate) {}

  private record Forward(DownProjection.Forward down, Matrix z) implements Adapter.Saved {}

  private final double scaling;
  private final Weights weights;
  private final Weights gradient;
  private final DownProjection down;
  private final Matrix rowsOfExpert; // [r × E], 1 where the rank is the expert's
  private final Matrix shares; // ω [E × 1]
  private final Matrix scales; // s ω_e of each rank [1 × r]
  private final Matrix stack; // C [out × r]

  /**
   * @param scaling s
   * @param dropout probability of dropping an input of an A, one mask for each
   * @param weights windows of the task's parameters
   * @param gradient windows of the gradient like {@code weights}
   */
  TaskGatedDelta(double scaling, double dropout, Weights weights, Weights gradient) {
    this.scaling = scaling;
    this.weights = weights;
    this.gradient = gradient;
    int experts = weights.gate().rows();
    int rank = weights.b().columns();
    var type = weights.b().type();
    this.down = new DownProjection(weights.a(), experts, dropout);
    this.rowsOfExpert = ExpertRows.indicator(type, experts, rank / experts);
    this.shares = Matrix.zeros(type, experts, 1);
    this.scales = Matrix.zeros(type, 1, rank);
    this.stack = Matrix.zeros(type, weights.b().rows(), rank);
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    Kernels kernels = pass.kernels();
    down.refresh(seed, training);
    kernels.softmax(weights.gate(), shares);
    kernels.gemm(scaling, shares, true, rowsOfExpert, true, 0, scales);
    kernels.scaleColumns(scales, weights.b(), 0, stack);
  }

  @Override
  public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
    Matrix z = pass.matrix(stack.columns(), x.columns());
    DownProjection.Forward projected = down.forward(pass, x, z);
    pass.kernels().gemm(1, stack, false, z, false, 1, y);
    return new Forward(projected, z);
  }

  @Override
  public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
    Forward forward = (Forward) saved;
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix dStack = pass.matrix(stack.rows(), stack.columns());
    kernels.gemm(1, dY, false, forward.z(), true, 0, dStack);
    kernels.scaleColumns(scales, dStack, 1, gradient.b());
    Matrix dots = pass.matrix(1, stack.columns());
    kernels.columnDots(dStack, weights.b(), dots);
    Matrix dShares = pass.matrix(shares.rows(), 1);
    kernels.gemm(scaling, rowsOfExpert, true, dots, true, 0, dShares);
    kernels.softmaxBackward(shares, dShares, dShares);
    kernels.add(1, dShares, gradient.gate());
    Matrix dZ = pass.matrix(stack.columns(), dY.columns());
    kernels.gemm(1, stack, true, dY, false, 0, dZ);
    down.backward(pass, forward.down(), dZ, gradient.a(), dX);
    pass.arena().release(mark);
  }

  @Override
  public LowRank lowRank() {
    return new LowRank(weights.a(), stack);
  }
}
