package io.github.cola4j.adapter.tensortrain;

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
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.List;

/**
 * TT-LoRA (arXiv 2408.01008): the change of W is a tensor train, by {@link TensorTrainDelta}. The
 * modes of the train are the factors n_1 … n_p of in, then m_1 … m_q of out ({@code options.shape},
 * or {@link TensorTrainShape#chosen}); its inner ranks all are r. With s = alpha/r here, the
 * paper's factor of the train is our alpha/r.
 *
 * <p>Parameters are {@code core1} … in the train's order: [n_1 × r] at the end of in, [r × m·r] or
 * [r × n·r] between, [m_q × r] at the end of out. This last one starts at zero. The first is drawn
 * from N(0, 1/(3·in)), which has the variance of LoRA's A, and every other from N(0, 1/r), which
 * keeps it.
 */
public record TensorTrainMethod() implements AdapterMethod {
  private static final String CORE = "core";

  @Override
  public String name() {
    return "tt-lora";
  }

  @Override
  public Class<? extends Record> options() {
    return TensorTrainOptions.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.kaiming(config);
    LowRankMethod.checkRank(config, linear);
    TensorTrainShape shape = shape(config, linear);
    int rank = config.rankOf(linear.name());
    for (int k = 1; k <= shape.modes(); k++) {
      boolean end = k == 1 || k == shape.modes();
      layout.add(
          linear.name() + "/" + CORE + k,
          Kind.OTHER,
          end ? shape.mode(k) : rank,
          end ? rank : shape.mode(k) * rank);
    }
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    int last = shape(config, linear).modes();
    double inner = 1 / Math.sqrt(config.rankOf(linear.name()));
    for (int k = 1; k < last; k++) {
      double deviation = k == 1 ? 1 / Math.sqrt(3.0 * linear.in()) : inner;
      RandomValues.gaussian(start.get(CORE + k), deviation, Seeds.mix(seed, k));
    }
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    TensorTrainShape shape = shape(config, linear);
    return new AdditiveAdapter(
        linear,
        new TensorTrainDelta(
            config.scalingOf(linear.name()),
            config.dropout(),
            new CoreChain(input(shape, theta), input(shape, gradient)),
            new CoreChain(output(shape, theta), output(shape, gradient))));
  }

  private static TensorTrainShape shape(AdapterConfig config, FrozenLinear linear) {
    return TensorTrainShape.of(config.options(TensorTrainOptions.class).shape(), linear);
  }

  /** The cores of in, from the train's end to its middle. */
  private static List<Matrix> input(TensorTrainShape shape, ModuleParameters values) {
    List<Matrix> cores = new ArrayList<>();
    for (int k = 1; k <= shape.in().size(); k++) {
      cores.add(values.get(CORE + k));
    }
    return cores;
  }

  /** The cores of out, from the train's end to its middle. */
  private static List<Matrix> output(TensorTrainShape shape, ModuleParameters values) {
    List<Matrix> cores = new ArrayList<>();
    for (int k = shape.modes(); k > shape.in().size(); k--) {
      cores.add(values.get(CORE + k));
    }
    return cores;
  }
}
