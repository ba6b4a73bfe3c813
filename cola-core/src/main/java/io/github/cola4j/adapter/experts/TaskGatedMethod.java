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
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * MOELoRA (arXiv 2310.18339): experts weighed by task, by {@link TaskGatedDelta}. The rank r is
 * split: each of E experts has rank r/E.
 *
 * <p>The paper's gate is softmax(Linear(embedding of the task)). For one task the Linear's output
 * is a vector that only this task determines, so here that vector is the parameter: E numbers for
 * each layer and task instead of the table of embeddings and the Linear, and the same set of ω. It
 * is never averaged with another task's, while the experts may be; it starts at zero, ω at 1/E.
 */
public record TaskGatedMethod() implements AdapterMethod {
  private static final String GATE = "gate";

  @Override
  public String name() {
    return "moelora";
  }

  @Override
  public Preset preset() {
    return new Preset(4, 4, Counts.EXPERTS, "kaiming", false);
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.kaiming(config);
    LowRankMethod.checkRank(config, linear);
    int rank = config.rankOf(linear.name());
    if (rank % config.a() != 0) {
      throw new IllegalArgumentException(
          "method moelora shares the rank out to its experts: expected a multiple of a = b = "
              + config.a()
              + " for "
              + linear.name()
              + ", got rank "
              + rank
              + "; change rank, or the number of experts");
    }
    layout.add(linear.name() + "/" + LowRankMethod.A, Kind.A, linear.in(), rank);
    layout.add(linear.name() + "/" + LowRankMethod.B, Kind.B, linear.out(), rank);
    layout.add(linear.name() + "/" + GATE, Kind.TASK_GATE, config.a(), 1);
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    RandomValues.kaiming(start.get(LowRankMethod.A), linear.in(), seed);
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
        new TaskGatedDelta(
            config.scalingOf(linear.name()), config.dropout(), weights(theta), weights(gradient)));
  }

  private static TaskGatedDelta.Weights weights(ModuleParameters values) {
    return new TaskGatedDelta.Weights(
        values.get(LowRankMethod.A), values.get(LowRankMethod.B), values.get(GATE));
  }
}
