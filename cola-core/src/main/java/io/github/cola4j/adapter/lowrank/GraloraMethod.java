package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.adapter.init.RandomValues;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * GraLoRA (arXiv 2505.20355): a LoRA of its own for each of k × k blocks of the weight, of rank r/k
 * each, with as many parameters as one LoRA of rank r; by {@link GraloraDelta}. A starts from
 * U(−√(k/in), √(k/in)), B at zero, and s = alpha/r.
 */
public final class GraloraMethod implements AdapterMethod {
  private static final String A = "A";
  private static final String B = "B";

  @Override
  public String name() {
    return "gralora";
  }

  @Override
  public Class<? extends Record> options() {
    return GraloraOptions.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    int blocks = blocks(config);
    int rank = config.rankOf(linear.name());
    if (rank % blocks != 0 || linear.in() % blocks != 0 || linear.out() % blocks != 0) {
      throw new IllegalArgumentException(
          String.format(
              "method gralora cuts %s [%d × %d] and its rank %d into options.blocks = %d parts;"
                  + " expected a divisor of all three; take another number, or leave this module"
                  + " out of targets",
              linear.name(), linear.out(), linear.in(), rank, blocks));
    }
    layout.add(linear.name() + "/" + A, Kind.A, rank, linear.in());
    layout.add(linear.name() + "/" + B, Kind.B, linear.out() / blocks, blocks * rank);
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    RandomValues.kaiming(start.get(A), linear.in() / blocks(config), seed);
  }

  private static int blocks(AdapterConfig config) {
    return config.options(GraloraOptions.class).blocks();
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return new AdditiveAdapter(
        linear,
        new GraloraDelta(
            config.scalingOf(linear.name()),
            blocks(config),
            new GraloraDelta.Weights(theta.get(A), theta.get(B)),
            new GraloraDelta.Weights(gradient.get(A), gradient.get(B))));
  }
}
