package io.github.cola4j.adapter.highrank;

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
 * SHiRA (arXiv 2406.13175, with its random mask): n = r (in + out) elements (o_k, i_k) of W are
 * trained, by values v [n × 1] that start at zero. They are the same on all machines, so averaging
 * is exact. As in HF PEFT there is no scaling.
 *
 * <pre>
 *   W'[o_k, i_k] = W[o_k, i_k] + v_k     Y = W' X + b     dv_k += (dY Xᵀ)[o_k, i_k]
 * </pre>
 *
 * <p>The seed decides the mask ({@link ShiraOptions}); one from elsewhere lies beside v, as rows
 * and columns [n × 2] that training leaves as they are, and is read where an adapter starts.
 */
public final class ShiraMethod implements AdapterMethod {
  private static final String V = "v";
  private static final String CELLS = "cells";

  @Override
  public String name() {
    return "shira";
  }

  @Override
  public Class<? extends Record> options() {
    return ShiraOptions.class;
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    int count = SparseMask.count(config, linear);
    layout.add(linear.name() + "/" + V, Kind.OTHER, count, 1);
    if (isStored(config)) {
      layout.add(linear.name() + "/" + CELLS, Kind.FIXED, count, 2);
    }
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    if (isStored(config)) {
      int[] drawn = SparseMask.of(config, linear, null).rowsAndColumns();
      float[] cells = new float[drawn.length];
      for (int k = 0; k < cells.length; k++) {
        cells[k] = drawn[k];
      }
      start.get(CELLS).set(cells);
    }
  }

  private static boolean isStored(AdapterConfig config) {
    return config.options(ShiraOptions.class).storedMask();
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    float[] stored = isStored(config) ? initial.get(CELLS).toArray() : null;
    return new WeightAdapter(
        linear,
        new Elements(
            SparseMask.of(config, linear, stored).cells(),
            row(theta.get(V)),
            row(gradient.get(V))));
  }

  private static Matrix row(Matrix m) {
    return m.reshape(1, Math.toIntExact(m.length()));
  }

  /**
   * W'[o_k, i_k] += v_k.
   *
   * @param v [1 × n]
   */
  private record Elements(int[] cells, Matrix v, Matrix gradV) implements WeightChange {

    @Override
    public void add(Pass pass, Matrix frozen, Matrix weight) {
      pass.kernels().scatterAdd(v, cells, row(weight));
    }

    @Override
    public void backward(Pass pass, Matrix frozen, Matrix dW) {
      pass.kernels().gather(row(dW), cells, true, gradV);
    }
  }
}
