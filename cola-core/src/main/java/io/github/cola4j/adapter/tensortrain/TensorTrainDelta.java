package io.github.cola4j.adapter.tensortrain;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.lowrank.DownProjection;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * A tensor train as a change of W (TT-LoRA, arXiv 2408.01008):
 *
 * <pre>ΔW[o, i] = s G_1[i_1] … G_p[i_p] G_{p+1}[o_1] … G_{p+q}[o_q]</pre>
 *
 * with G_k[j] the slice [r_{k−1} × r_k] of core k. Between the modes of in and those of out the
 * train is cut into two halves, each one matrix ({@link CoreChain}): Aᵀ [in × r] and B [out × r].
 * So ΔW = s B A, and no tensor of the size of W is ever made:
 *
 * <pre>
 *   Z = A X        Y += s B Z
 *   dB = s dY Zᵀ   dZ = s Bᵀ dY   dA = dZ Xᵀ   dX += Aᵀ dZ   then dA and dB go on to the cores
 * </pre>
 *
 * <p>Of i = i_1 + n_1 (i_2 + …) the first index is the fastest, of o = o_q + m_q (o_{q−1} + …) the
 * last.
 */
final class TensorTrainDelta implements Delta {
  private record Forward(DownProjection.Forward down, Matrix z) implements Adapter.Saved {}

  private final double scaling;
  private final CoreChain input;
  private final CoreChain output;
  private final DownProjection down;
  private final Matrix scaled; // s B [out × r]

  /**
   * @param scaling s
   * @param dropout probability of dropping an input
   * @param input the cores of in
   * @param output the cores of out
   */
  TensorTrainDelta(double scaling, double dropout, CoreChain input, CoreChain output) {
    this.scaling = scaling;
    this.input = input;
    this.output = output;
    this.down = new DownProjection(input.product(), 1, dropout);
    Matrix b = output.product();
    this.scaled = Matrix.zeros(b.type(), b.rows(), b.columns());
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    Kernels kernels = pass.kernels();
    down.refresh(seed, training);
    input.refresh(kernels);
    output.refresh(kernels);
    kernels.fill(0, scaled);
    kernels.add(scaling, output.product(), scaled);
  }

  @Override
  public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
    Matrix z = pass.matrix(scaled.columns(), x.columns());
    DownProjection.Forward projected = down.forward(pass, x, z);
    pass.kernels().gemm(1, scaled, false, z, false, 1, y);
    return new Forward(projected, z);
  }

  @Override
  public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
    Forward forward = (Forward) saved;
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix dB = pass.matrix(scaled.rows(), scaled.columns());
    kernels.gemm(scaling, dY, false, forward.z(), true, 0, dB);
    output.backward(pass, dB);
    Matrix dZ = pass.matrix(scaled.columns(), dY.columns());
    kernels.gemm(1, scaled, true, dY, false, 0, dZ);
    Matrix dA = pass.matrix(input.product().rows(), input.product().columns());
    kernels.fill(0, dA);
    down.backward(pass, forward.down(), dZ, dA, dX);
    input.backward(pass, dA);
    pass.arena().release(mark);
  }

  @Override
  public LowRank lowRank() {
    return new LowRank(input.product(), scaled);
  }
}
