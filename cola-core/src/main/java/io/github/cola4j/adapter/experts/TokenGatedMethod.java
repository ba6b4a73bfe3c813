package io.github.cola4j.adapter.experts;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.adapter.init.RandomValues;
import io.github.cola4j.adapter.lowrank.LowRankMethod;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * Experts weighed by a router token by token: HydraLoRA (arXiv 2404.19245) and LoRAMoE (arXiv
 * 2312.09979), by {@link GatedDelta}. Each expert has the whole rank r, and s = alpha/r, as in the
 * authors' code; there the router also is a linear layer without bias that starts as PyTorch's do.
 *
 * @param balanced whether there is LoRAMoE's loss of the experts' balance
 */
public record TokenGatedMethod(String name, Preset preset, boolean balanced)
    implements AdapterMethod {
  private static final String ROUTER = "router";

  @Override
  public Class<? extends Record> options() {
    return balanced ? BalanceOptions.class : NoOptions.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.kaiming(config);
    LowRankMethod.checkRank(config, linear);
    int rank = config.rankOf(linear.name());
    layout.add(linear.name() + "/" + LowRankMethod.A, Kind.A, linear.in(), config.a() * rank);
    layout.add(linear.name() + "/" + LowRankMethod.B, Kind.B, linear.out(), config.b() * rank);
    layout.add(linear.name() + "/" + ROUTER, Kind.OTHER, linear.in(), config.b());
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    RandomValues.kaiming(start.get(LowRankMethod.A), linear.in(), seed);
    RandomValues.kaiming(start.get(ROUTER), linear.in(), Seeds.mix(seed, Seeds.of(ROUTER)));
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    GatedDelta.Form form =
        new GatedDelta.Form(
            config.a(),
            config.b(),
            config.scalingOf(linear.name()),
            config.dropout(),
            balanced ? config.options(BalanceOptions.class).balance() : 0,
            false);
    return new AdditiveAdapter(linear, new GatedDelta(form, weights(theta), weights(gradient)));
  }

  private static GatedDelta.Weights weights(ModuleParameters values) {
    return new GatedDelta.Weights(
        values.get(LowRankMethod.A), values.get(LowRankMethod.B), values.get(ROUTER));
  }
}
