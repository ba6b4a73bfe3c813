package io.github.cola4j.adapter.highrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.ModuleParameters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.Requirements;
import io.github.cola4j.nn.layer.FrozenLinear;

/**
 * C³A (arXiv 2407.19342), circular convolutions: the change has blocks of b × b that are circulant
 * matrices, each of a kernel w_ij [b] which starts at zero: in · out / b parameters. b is the
 * configuration's rank, and as in HF PEFT the sum is divided by in. Averaging is exact; by {@link
 * CirculantChange}.
 */
public final class C3aMethod implements AdapterMethod {
  private static final String KERNEL = "w";

  @Override
  public String name() {
    return "c3a";
  }

  @Override
  public void parameters(
      AdapterConfig config, FrozenLinear linear, ParameterLayout.Builder layout) {
    Requirements.noInitAndDropout(config, "zero");
    int size = BlockSize.of(config, linear);
    layout.add(linear.name() + "/" + KERNEL, Kind.OTHER, linear.in(), linear.out() / size);
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
    return new WeightAdapter(
        linear,
        new CirculantChange(BlockSize.of(config, linear), theta.get(KERNEL), gradient.get(KERNEL)));
  }
}
