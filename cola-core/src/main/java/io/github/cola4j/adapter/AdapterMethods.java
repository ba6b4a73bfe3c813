package io.github.cola4j.adapter;

import io.github.cola4j.adapter.AdapterMethod.Counts;
import io.github.cola4j.adapter.AdapterMethod.Preset;
import io.github.cola4j.adapter.experts.TaskGatedMethod;
import io.github.cola4j.adapter.experts.TokenGatedMethod;
import io.github.cola4j.adapter.lowrank.DoraMethod;
import io.github.cola4j.adapter.lowrank.LowRankMethod;
import io.github.cola4j.adapter.scaling.Ia3Method;
import io.github.cola4j.adapter.scaling.MissMethod;
import io.github.cola4j.adapter.scaling.SppMethod;
import io.github.cola4j.adapter.tensortrain.TensorTrainMethod;
import java.util.List;
import java.util.stream.Collectors;

/** The methods by name: the one place where a method is registered. */
public final class AdapterMethods {
  private static final List<AdapterMethod> ALL =
      List.of(
          new LowRankMethod("cola", new Preset(2, 3, Counts.FREE, "pissa", false), false),
          new LowRankMethod("lora", one("kaiming", false), false),
          new LowRankMethod("rslora", one("kaiming", true), false),
          new LowRankMethod("lora+", one("kaiming", false), true),
          new LowRankMethod("pissa", one("pissa", false), false),
          new DoraMethod(),
          new Ia3Method(),
          new MissMethod(),
          new TokenGatedMethod(
              "hydralora", new Preset(1, 3, Counts.ONE_A, "kaiming", false), false),
          new TokenGatedMethod("loramoe", new Preset(4, 4, Counts.EXPERTS, "kaiming", false), true),
          new TaskGatedMethod(),
          new TensorTrainMethod(),
          new SppMethod());

  private AdapterMethods() {}

  /** One A and one B, or none that are counted. */
  public static Preset one(String init, boolean rootScaling) {
    return new Preset(1, 1, Counts.FIXED, init, rootScaling);
  }

  /** Every method. */
  public static List<AdapterMethod> all() {
    return ALL;
  }

  /**
   * The method of a name.
   *
   * @throws IllegalArgumentException naming the known ones
   */
  public static AdapterMethod named(String name) {
    return ALL.stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown method '"
                        + name
                        + "'; there are "
                        + ALL.stream().map(AdapterMethod::name).collect(Collectors.joining(", "))));
  }
}
