package io.github.cola4j.adapter.orthogonal;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * OFT, orthogonal finetuning (arXiv 2306.07280): the inputs of a layer are turned block by block,
 * each block of b by a rotation of its own, or all by one. b is the configuration's rank; b (b − 1)
 * / 2 parameters a rotation, zero at first. By {@link OftAdapter}.
 */
public final class OftMethod implements AdapterMethod {
  private static final String Q = "Q";

  @Override
  public String name() {
    return "oft";
  }

  @Override
  public Class<? extends Record> options() {
    return OftOptions.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "no rotation");
    int size = config.rankOf(linear.name());
    if (size < 2 || linear.in() % size != 0) {
      throw new IllegalArgumentException(
          String.format(
              "rank %d of method oft is how many inputs of %s [%d × %d] turn together; expected a"
                  + " divisor of in = %d from 2; take another rank or an override for this module",
              size, linear.name(), linear.out(), linear.in(), linear.in()));
    }
    int rotations = config.options(OftOptions.class).shared() ? 1 : linear.in() / size;
    layout.add(linear.name() + "/" + Q, Kind.OTHER, size * (size - 1) / 2, rotations);
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
    Matrix q = theta.get(Q);
    int size = config.rankOf(linear.name());
    int terms = config.options(OftOptions.class).terms();
    Rotation rotation =
        terms == 0
            ? new CayleyRotation(q.type(), size, q.columns())
            : new CayleySeries(q.type(), size, q.columns(), terms);
    return new OftAdapter(linear, new SkewBlocks(size, q, gradient.get(Q)), rotation);
  }
}
