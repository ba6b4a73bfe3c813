package io.github.cola4j.adapter.highrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.adapter.init.RandomValues;
import io.github.cola4j.adapter.lowrank.LowRankMethod;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * HiRA (Hadamard high-rank adaptation, ICLR 2025): W is scaled element by element by a product of
 * low rank, so the change has up to W's rank. A [r × in] starts from U(−1/√in, 1/√in), B [out × r]
 * at zero; the paper and HF PEFT have s = 1 (alpha = rank).
 *
 * <pre>
 *   W' = W + s W ⊙ (B A)    Y = W' X + b
 *   H = W ⊙ (dY Xᵀ)         dB += s H Aᵀ    dA += s Bᵀ H
 * </pre>
 *
 * <p>A zero of W stays one. The change is a product of A and B and of W, so rules that average
 * products are not for it.
 */
public final class HiraMethod implements AdapterMethod {
  private static final String A = "A";
  private static final String B = "B";

  @Override
  public String name() {
    return "hira";
  }

  @Override
  public Preset preset() {
    return Preset.one("kaiming");
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.kaiming(config);
    Requirements.noDropout(config);
    LowRankMethod.checkRank(config, linear);
    int rank = config.rankOf(linear.name());
    layout.add(linear.name() + "/" + A, Kind.A, linear.in(), rank);
    layout.add(linear.name() + "/" + B, Kind.B, linear.out(), rank);
  }

  @Override
  public void initialize(
      AdapterConfig config, FrozenLinear linear, long seed, ModuleParameters start) {
    RandomValues.kaiming(start.get(A), linear.in(), seed);
  }

  @Override
  public Adapter bind(
      AdapterConfig config,
      FrozenLinear linear,
      ModuleParameters theta,
      ModuleParameters gradient,
      ModuleParameters initial) {
    return new WeightAdapter(
        linear,
        new Scaled(
            config.scalingOf(linear.name()),
            theta.get(A),
            theta.get(B),
            gradient.get(A),
            gradient.get(B)));
  }

  /**
   * W' += s W ⊙ (B A).
   *
   * @param a Aᵀ [in × r]
   * @param b B [out × r]
   */
  private record Scaled(double scaling, Matrix a, Matrix b, Matrix gradA, Matrix gradB)
      implements WeightChange {

    @Override
    public void add(Pass pass, Matrix frozen, Matrix weight) {
      Kernels kernels = pass.kernels();
      Matrix change = pass.matrix(weight.rows(), weight.columns());
      kernels.gemm(scaling, b, false, a, true, 0, change);
      kernels.multiply(change, frozen, change);
      kernels.add(1, change, weight);
    }

    @Override
    public void backward(Pass pass, Matrix frozen, Matrix dW) {
      Kernels kernels = pass.kernels();
      kernels.multiply(dW, frozen, dW); // H
      kernels.gemm(scaling, dW, false, a, false, 1, gradB);
      kernels.gemm(scaling, dW, true, b, false, 1, gradA);
    }
  }
}
