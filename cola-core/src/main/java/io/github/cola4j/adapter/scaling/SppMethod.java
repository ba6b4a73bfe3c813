package io.github.cola4j.adapter.scaling;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.adapter.init.RandomValues;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * SPP (arXiv 2405.16057), which keeps the zeros of a pruned W, by {@link SppAdapter}. As in the
 * authors' code there are 16 rows of α, drawn from U(−1/√in, 1/√in), β starts at zero, and r has no
 * other part than s = alpha/r. Rows of α that a narrow layer has no outputs for stay unused.
 */
public record SppMethod() implements AdapterMethod {
  /** The rows of α. */
  static final int GROUPS = 16;

  private static final String ALPHA = "alpha";
  private static final String BETA = "beta";

  @Override
  public String name() {
    return "spp";
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.kaiming(config);
    Requirements.noDropout(config);
    layout.add(linear.name() + "/" + ALPHA, Kind.OTHER, GROUPS, linear.in());
    layout.add(linear.name() + "/" + BETA, Kind.OTHER, linear.out(), 1);
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    RandomValues.kaiming(start.get(ALPHA), linear.in(), seed);
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return new SppAdapter(
        linear,
        config.scalingOf(linear.name()),
        new SppAdapter.Weights(theta.get(ALPHA), theta.get(BETA)),
        new SppAdapter.Weights(gradient.get(ALPHA), gradient.get(BETA)));
  }
}
