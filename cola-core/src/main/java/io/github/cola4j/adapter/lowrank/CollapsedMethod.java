package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.init.Initializers;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * CoLA whose A_i are all equal, as its B_j are, with one A and one B of them. Where every A meets
 * every B by the same weight, ∂A_i = s B̄ᵀ G for every i and ∂B_j = s G Āᵀ for every j, so that
 * factors which start equal stay equal under any optimiser that treats elements alike. A dropout
 * mask for each A_i breaks that.
 *
 * @param all the method with all of them
 */
record CollapsedMethod(LowRankMethod all) implements AdapterMethod {

  /** Whether the factors of a configuration are bound to stay equal, and there are several. */
  static boolean fits(AdapterConfig config) {
    return (config.a() > 1 || config.b() > 1)
        && config.dropout() == 0
        && Initializers.named(config.init()).startsEqual()
        && isUniform(Pairings.named(config.pairing()), config.a(), config.b());
  }

  private static boolean isUniform(PairingStrategy pairing, int a, int b) {
    double[][] p = pairing.expectation(a, b);
    boolean uniform = pairing.isStatic();
    for (double[] row : p) {
      for (double weight : row) {
        uniform &= weight == p[0][0];
      }
    }
    return uniform;
  }

  @Override
  public String name() {
    return all.name();
  }

  @Override
  public Preset preset() {
    return all.preset();
  }

  @Override
  public Class<? extends Record> options() {
    return all.options();
  }

  @Override
  public boolean hasResidualPair() {
    return all.hasResidualPair();
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    all.parameters(config, linear, layout, config.a(), config.b());
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    ParameterLayout.Builder builder = new ParameterLayout.Builder();
    all.parameters(config, linear, builder);
    ParameterLayout layout = builder.build();
    Matrix vector = Matrix.zeros(linear.weight().type(), layout.length(), 1);
    ModuleParameters every = new ModuleParameters(linear.name(), layout, vector);
    all.initialize(config, linear, seed, every);
    int rank = config.rankOf(linear.name());
    start.get(LowRankMethod.A).set(every.get(LowRankMethod.A).columns(0, rank).toArray());
    start.get(LowRankMethod.B).set(every.get(LowRankMethod.B).columns(0, rank).toArray());
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return all.bind(config, linear, theta, gradient, initial);
  }
}
