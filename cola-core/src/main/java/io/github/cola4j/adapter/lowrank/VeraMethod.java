package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdditiveAdapter;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * VeRA (arXiv 2310.11454): A [r × in] and B [out × r] are random and frozen, and a layer trains d
 * [r × 1], which starts at {@link VeraOptions#start}, and b [out × 1], which starts at zero; by
 * {@link VeraDelta}. As in the paper there is no scaling.
 *
 * <p>The seed decides A and B ({@link VeraProjection}); some from elsewhere lie beside d and b,
 * where training leaves them as they are.
 */
public final class VeraMethod implements AdapterMethod {
  private static final String D = "lambdaD"; // PEFT's names: a dense layer of others has a b
  private static final String B = "lambdaB";
  private static final String FROZEN_A = "A";
  private static final String FROZEN_B = "B";

  @Override
  public String name() {
    return "vera";
  }

  @Override
  public Class<? extends Record> options() {
    return VeraOptions.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    int rank = config.rankOf(linear.name());
    layout.add(linear.name() + "/" + D, Kind.OTHER, rank, 1);
    layout.add(linear.name() + "/" + B, Kind.OTHER, linear.out(), 1);
    if (isStored(config)) {
      layout.add(linear.name() + "/" + FROZEN_A, Kind.FIXED, linear.in(), rank);
      layout.add(linear.name() + "/" + FROZEN_B, Kind.FIXED, linear.out(), rank);
    }
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    float[] d = new float[config.rankOf(linear.name())];
    Arrays.fill(d, config.options(VeraOptions.class).start().floatValue());
    start.get(D).set(d);
    if (isStored(config)) {
      VeraProjection drawn = VeraProjection.of(config, linear);
      start.get(FROZEN_A).set(drawn.a());
      start.get(FROZEN_B).set(drawn.b());
    }
  }

  private static boolean isStored(AdapterConfig config) {
    return config.options(VeraOptions.class).storedProjection();
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    Matrix d = theta.get(D);
    Matrix a;
    Matrix b;
    if (isStored(config)) {
      a = theta.get(FROZEN_A);
      b = theta.get(FROZEN_B);
    } else {
      VeraProjection drawn = VeraProjection.of(config, linear);
      DataType type = d.type();
      a = drawn.a(type, d.rows());
      b = drawn.b(type, d.rows());
    }
    return new AdditiveAdapter(
        linear,
        new VeraDelta(
            a,
            b,
            new VeraDelta.Vectors(d, theta.get(B)),
            new VeraDelta.Vectors(gradient.get(D), gradient.get(B))));
  }
}
