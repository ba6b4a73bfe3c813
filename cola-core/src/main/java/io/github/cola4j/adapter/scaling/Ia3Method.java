package io.github.cola4j.adapter.scaling;

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
import java.util.Arrays;

/**
 * IA³ (arXiv 2205.05638): a learnt factor ℓ for each output, or for each input of the modules that
 * {@link Ia3Options#feedforward} names. ℓ starts as ones; Y is affine in it, so averaging is exact.
 * As in HF PEFT the outputs are scaled with their bias:
 *
 * <pre>
 *   outputs  U = W X + b     Y = ℓ ⊙ U      dℓ_o += Σ_t dY_ot U_ot     dX = Wᵀ(ℓ ⊙ dY)
 *   inputs   Y = W (ℓ ⊙ X) + b     G = Wᵀ dY     dℓ_i += Σ_t G_it X_it     dX = ℓ ⊙ G
 * </pre>
 *
 * <p>It has no rank, scaling, initialiser or dropout.
 */
public final class Ia3Method implements AdapterMethod {
  static final String L = "l";

  @Override
  public String name() {
    return "ia3";
  }

  @Override
  public Class<? extends Record> options() {
    return Ia3Options.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "factors of one");
    boolean inputs = config.options(Ia3Options.class).isFeedforward(linear.name());
    layout.add(linear.name() + "/" + L, Kind.OTHER, inputs ? linear.in() : linear.out(), 1);
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    Matrix l = start.get(L);
    float[] ones = new float[l.rows()];
    Arrays.fill(ones, 1);
    l.set(ones);
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return config.options(Ia3Options.class).isFeedforward(linear.name())
        ? new Inputs(linear, theta.get(L), gradient.get(L))
        : new Outputs(linear, theta.get(L), gradient.get(L));
  }

  /** U [out × T]; of scaled inputs X [in × T]. */
  private record Forward(Matrix scaled) implements Adapter.Saved {}

  /**
   * Y = ℓ ⊙ (W X + b).
   *
   * @param l [out × 1]
   */
  private record Outputs(FrozenLinear linear, Matrix l, Matrix gradL) implements Adapter {

    @Override
    public void refresh(Pass pass, long seed, boolean training) {}

    @Override
    public Saved forward(Pass pass, Matrix x, Matrix y) {
      Matrix u = pass.matrix(y.rows(), y.columns());
      linear.forward(pass, x, u);
      pass.kernels().scaleRows(l, u, 0, y);
      return new Forward(u);
    }

    @Override
    public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
      Kernels kernels = pass.kernels();
      kernels.rowDots(dY, ((Forward) saved).scaled(), gradL);
      if (dX != null) {
        var mark = pass.arena().mark();
        Matrix dU = pass.matrix(dY.rows(), dY.columns());
        kernels.scaleRows(l, dY, 0, dU);
        linear.backward(pass, dU, beta, dX);
        pass.arena().release(mark);
      }
    }
  }

  /**
   * Y = W (ℓ ⊙ X) + b.
   *
   * @param l [in × 1]
   */
  private record Inputs(FrozenLinear linear, Matrix l, Matrix gradL) implements Adapter {

    @Override
    public void refresh(Pass pass, long seed, boolean training) {}

    @Override
    public Saved forward(Pass pass, Matrix x, Matrix y) {
      var mark = pass.arena().mark();
      Matrix scaled = pass.matrix(x.rows(), x.columns());
      pass.kernels().scaleRows(l, x, 0, scaled);
      linear.forward(pass, scaled, y);
      pass.arena().release(mark);
      return new Forward(x);
    }

    @Override
    public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
      Kernels kernels = pass.kernels();
      var mark = pass.arena().mark();
      Matrix dScaled = pass.matrix(linear.in(), dY.columns());
      linear.backward(pass, dY, 0, dScaled);
      kernels.rowDots(dScaled, ((Forward) saved).scaled(), gradL);
      if (dX != null) {
        kernels.scaleRows(l, dScaled, beta, dX);
      }
      pass.arena().release(mark);
    }
  }
}
