package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * DoRA (arXiv 2402.09353): the weight's direction is adapted as LoRA does, the length m [out × 1]
 * of its rows is learnt apart. m starts as the frozen weight's. {@link DoraAdapter} has the
 * formula.
 */
public final class DoraMethod implements AdapterMethod {
  static final String M = "m";

  private static final LowRankMethod DIRECTION =
      new LowRankMethod("dora", Preset.one("kaiming"), false);

  @Override
  public String name() {
    return DIRECTION.name();
  }

  @Override
  public Preset preset() {
    return DIRECTION.preset();
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.subtracted(config);
    DIRECTION.parameters(config, linear, layout);
    layout.add(linear.name() + "/" + M, Kind.OTHER, linear.out(), 1);
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    DIRECTION.initialize(config, linear, seed, start);
    Matrix squares = Matrix.zeros(linear.weight().type(), linear.out(), 1);
    try (Pass pass = new Pass(linear.weight().type())) {
      DoraAdapter.addRowSquares(pass, linear.weight(), squares);
    }
    double[] lengths = squares.toDoubles();
    float[] m = new float[lengths.length];
    for (int o = 0; o < m.length; o++) {
      m[o] = (float) Math.sqrt(lengths[o]);
    }
    start.get(M).set(m);
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return new DoraAdapter(
        linear,
        LowRankMethod.delta(config, linear, theta, gradient, initial),
        theta.get(M),
        gradient.get(M));
  }
}
