package io.github.cola4j.adapter.experts;

import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdapterMethod.Counts;
import io.github.cola4j.adapter.AdapterMethod.Preset;
import io.github.cola4j.adapter.MethodProvider;
import java.util.List;

/** HydraLoRA and LoRAMoE. */
public final class TokenGatedMethods implements MethodProvider {

  @Override
  public List<AdapterMethod> methods() {
    return List.of(
        new TokenGatedMethod("hydralora", new Preset(1, 3, Counts.ONE_A, "kaiming", false), false),
        new TokenGatedMethod("loramoe", new Preset(4, 4, Counts.EXPERTS, "kaiming", false), true));
  }
}
