package io.github.cola4j.adapter;

import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import java.util.Map;
import java.util.Set;

/** {@link ShiftMethod} as a PEFT of its own would have it. */
public final class ShiftMapping implements PeftMapping {

  @Override
  public String type() {
    return "SHIFT";
  }

  @Override
  public Set<String> methods() {
    return Set.of("shift");
  }

  @Override
  public Set<String> keys() {
    return Set.of("shift_scale");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    return new Reading(config.positive("shift_scale"));
  }

  private record Reading(double scale) implements PeftReading {

    @Override
    public String method() {
      return "shift";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of("shift_c", "c");
    }

    @Override
    public Order order(String suffix, String module) {
      return Order.VECTOR;
    }

    @Override
    public Map<String, Object> options(Map<String, String> modules) {
      return Map.of("scale", scale);
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    output.config().put("peft_type", type());
    output.config().put("shift_scale", output.adapter().options(ShiftMethod.Options.class).scale());
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      float[] c = output.parameter(name + "/c").toArray();
      output.put(name, "shift_c", c, c.length);
      output.rounds(name + "/c");
    }
  }
}
