package io.github.cola4j.adapter;

import io.github.cola4j.nn.FrozenLinear;
import java.util.LinkedHashMap;
import java.util.Map;

/** The adapters of one task, by module; a module without one computes as the base does. */
public final class Adapters {
  /** No adapter anywhere: the base model. */
  public static final Adapters NONE = new Adapters(Map.of());

  private final Map<String, Adapter> byModule;

  /** Adapters by module name. */
  public Adapters(Map<String, ? extends Adapter> byModule) {
    this.byModule = new LinkedHashMap<>(byModule);
  }

  /** The adapter of a layer, or null. */
  public Adapter get(FrozenLinear linear) {
    return byModule.get(linear.name());
  }

  /** All of them, by module name. */
  public Map<String, Adapter> byModule() {
    return byModule;
  }
}
