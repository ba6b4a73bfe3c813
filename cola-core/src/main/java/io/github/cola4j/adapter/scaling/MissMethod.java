package io.github.cola4j.adapter.scaling;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * MiSS (arXiv 2409.15371), shards of the weight that share one matrix D [out × r], which starts at
 * zero: r · out parameters. With X cut into blocks X_k of r rows, the last one filled up by zeros,
 *
 * <pre>
 *   S = Σ_k X_k  [r × T]     Y += D S     dD += dY Sᵀ     dX_k += Dᵀ dY
 * </pre>
 *
 * <p>It is LoRA with A = [I … I] frozen and is computed as that, so averaging is exact. There is no
 * scaling.
 */
public final class MissMethod implements AdapterMethod {
  static final String D = "D";

  @Override
  public String name() {
    return "miss";
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    int rank = config.rankOf(linear.name());
    if (rank > linear.in()) {
      throw new IllegalArgumentException(
          "rank "
              + rank
              + " is above in = "
              + linear.in()
              + " of "
              + linear.name()
              + "; take a smaller rank or an override for this module");
    }
    layout.add(linear.name() + "/" + D, Kind.B, linear.out(), rank);
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
    Matrix shards = identities(d.type(), linear.in(), d.columns());
    return new AdditiveAdapter(linear, new Shards(shards, d, gradient.get(D)));
  }

  /** [I … I]ᵀ [in × r], the last I cut off where in ends. */
  private static Matrix identities(DataType type, int in, int rank) {
    float[] elements = new float[in * rank];
    for (int i = 0; i < in; i++) {
      elements[i % rank * in + i] = 1;
    }
    return Matrix.of(type, in, rank, elements);
  }

  /** S [r × T]. */
  private record Forward(Matrix sums) implements Adapter.Saved {}

  /**
   * Y += D S.
   *
   * @param shards [I … I]ᵀ [in × r]
   * @param d [out × r]
   */
  private record Shards(Matrix shards, Matrix d, Matrix gradD) implements Delta {

    @Override
    public void refresh(Pass pass, long seed, boolean training) {}

    @Override
    public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
      Matrix sums = pass.matrix(d.columns(), x.columns());
      pass.kernels().gemm(1, shards, true, x, false, 0, sums);
      pass.kernels().gemm(1, d, false, sums, false, 1, y);
      return new Forward(sums);
    }

    @Override
    public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
      Kernels kernels = pass.kernels();
      kernels.gemm(1, dY, false, ((Forward) saved).sums(), true, 1, gradD);
      if (dX != null) {
        var mark = pass.arena().mark();
        Matrix dSums = pass.matrix(d.columns(), dY.columns());
        kernels.gemm(1, d, true, dY, false, 0, dSums);
        kernels.gemm(1, shards, false, dSums, false, 1, dX);
        pass.arena().release(mark);
      }
    }

    @Override
    public LowRank lowRank() {
      return new LowRank(shards, d);
    }
  }
}
