package io.github.cola4j.adapter.highrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * Bat, the block affine transformation of MiSS (arXiv 2409.15371; HF PEFT's MiSS with {@code
 * init_weights="bat"}): W has blocks W_ij [r × r], and all blocks of a row share one D_i [r × r],
 * which starts at zero: r · out parameters. Averaging is exact; there is no scaling.
 *
 * <pre>
 *   W'_ij = W_ij + (W_ij + I) D_i     Y = W' X + b     G = dY Xᵀ
 *   dD_i += Σ_j (W_ij + I)ᵀ G_ij
 * </pre>
 */
public final class BatMethod implements AdapterMethod {
  private static final String D = "D";

  @Override
  public String name() {
    return "bat";
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    int rank = BlockSize.of(config, linear);
    layout.add(linear.name() + "/" + D, Kind.OTHER, rank, linear.out());
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {}

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    Matrix d = theta.get(D);
    float[] ones = new float[d.rows() * d.rows()];
    for (int k = 0; k < d.rows(); k++) {
      ones[k * d.rows() + k] = 1;
    }
    Matrix identity = Matrix.of(d.type(), d.rows(), d.rows(), ones);
    return new WeightAdapter(linear, new Affine(identity, d, gradient.get(D)));
  }

  /**
   * W'_ij += (W_ij + I) D_i.
   *
   * @param identity I [r × r]
   * @param d [D_1ᵀ, D_2ᵀ, …] [r × out], as PEFT's files have them row by row
   */
  private record Affine(Matrix identity, Matrix d, Matrix gradD) implements WeightChange {

    @Override
    public void add(Pass pass, Matrix frozen, Matrix weight) {
      Kernels kernels = pass.kernels();
      Matrix own = pass.matrix(d.rows(), d.rows());
      for (int row = 0; row < weight.rows(); row += d.rows()) {
        Matrix turned = d.columns(row, row + d.rows());
        kernels.gemm(1, identity, false, turned, true, 0, own); // D_i
        for (int column = 0; column < weight.columns(); column += d.rows()) {
          Matrix changed = block(weight, row, column);
          kernels.gemm(1, block(frozen, row, column), false, turned, true, 1, changed);
          kernels.add(1, own, changed);
        }
      }
    }

    @Override
    public void backward(Pass pass, Matrix frozen, Matrix dW) {
      Kernels kernels = pass.kernels();
      Matrix sum = pass.matrix(d.rows(), d.rows());
      for (int row = 0; row < dW.rows(); row += d.rows()) {
        Matrix turned = gradD.columns(row, row + d.rows());
        kernels.fill(0, sum);
        for (int column = 0; column < dW.columns(); column += d.rows()) {
          Matrix g = block(dW, row, column);
          kernels.gemm(1, g, true, block(frozen, row, column), false, 1, turned);
          kernels.add(1, g, sum);
        }
        kernels.gemm(1, sum, true, identity, false, 1, turned);
      }
    }

    private Matrix block(Matrix m, int row, int column) {
      return m.rows(row, row + d.rows()).columns(column, column + d.rows());
    }
  }
}
