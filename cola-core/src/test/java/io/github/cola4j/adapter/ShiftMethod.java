package io.github.cola4j.adapter;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * A method that no part of the library knows, with an option of its own: Y = W X + b + scale · c, c
 * [out × 1], zero at first.
 */
public final class ShiftMethod implements AdapterMethod {

  /** Its options: the factor of c, 1. */
  public record Options(Double scale) {
    /** Fills in the default and checks it. */
    public Options {
      scale = scale == null ? 1.0 : scale;
      if (!(scale > 0)) {
        throw new IllegalArgumentException("options.scale must be positive, got " + scale);
      }
    }
  }

  @Override
  public String name() {
    return "shift";
  }

  @Override
  public Class<? extends Record> options() {
    return Options.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    layout.add(linear.name() + "/c", Kind.OTHER, linear.out(), 1);
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
    double scale = config.options(Options.class).scale();
    return new AdditiveAdapter(linear, new Shift(scale, theta.get("c"), gradient.get("c")));
  }

  private record Shift(double scale, Matrix c, Matrix gradC) implements Delta {

    @Override
    public void refresh(Pass pass, long seed, boolean training) {}

    @Override
    public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
      pass.kernels().gemm(scale, c, false, ones(pass, y.columns()), true, 1, y);
      return new Adapter.Saved() {};
    }

    @Override
    public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
      pass.kernels().gemm(scale, dY, false, ones(pass, dY.columns()), false, 1, gradC);
    }

    private static Matrix ones(Pass pass, int tokens) {
      Matrix ones = pass.matrix(tokens, 1);
      pass.kernels().fill(1, ones);
      return ones;
    }
  }
}
