package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdapterMethod.Counts;
import io.github.cola4j.adapter.AdapterMethod.Preset;
import io.github.cola4j.adapter.MethodProvider;
import java.util.List;

/** CoLA, and its cases of one A and one B. */
public final class LowRankMethods implements MethodProvider {

  @Override
  public List<AdapterMethod> methods() {
    return List.of(
        new LowRankMethod("cola", new Preset(2, 3, Counts.FREE, "pissa", false), false),
        new LowRankMethod("lora", Preset.one("kaiming"), false),
        new LowRankMethod("rslora", new Preset(1, 1, Counts.FIXED, "kaiming", true), false),
        new LowRankMethod("lora+", Preset.one("kaiming"), true),
        new LowRankMethod("pissa", Preset.one("pissa"), false));
  }
}
