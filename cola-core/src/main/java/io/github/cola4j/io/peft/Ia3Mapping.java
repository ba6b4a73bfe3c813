package io.github.cola4j.io.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.scaling.Ia3Options;
import java.util.Map;
import java.util.Set;

/** PEFT's IA3: {@code ia3_l} is a row where it scales inputs, and a column where outputs. */
public final class Ia3Mapping implements PeftMapping {
  private static final String FEEDFORWARD = "feedforward_modules";

  @Override
  public String type() {
    return "IA3";
  }

  @Override
  public Set<String> methods() {
    return Set.of("ia3");
  }

  @Override
  public Set<String> keys() {
    return Set.of(FEEDFORWARD);
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    return new Reading(config);
  }

  private record Reading(PeftConfig config) implements PeftReading {

    @Override
    public String method() {
      return "ia3";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(PeftNames.IA3, "l");
    }

    @Override
    public Order order(String suffix, String module) {
      return config.endsIn(FEEDFORWARD, module) ? Order.COLUMNS : Order.ROWS;
    }

    @Override
    public Map<String, Object> options(Map<String, String> modules) {
      return Map.of(
          "feedforward",
          modules.keySet().stream()
              .filter(module -> config.endsIn(FEEDFORWARD, module))
              .map(modules::get)
              .toList());
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    output.config().put("peft_type", type());
    output.config().put("fan_in_fan_out", false);
    output.config().put("init_ia3_weights", true);
    ArrayNode feedforward = output.config().putArray(FEEDFORWARD);
    Ia3Options options = output.adapter().options(Ia3Options.class);
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      float[] l = output.parameter(name + "/l").toArray();
      output.rounds(name + "/l");
      if (options.isFeedforward(name)) {
        feedforward.add(name);
        output.put(name, PeftNames.IA3, l, 1, l.length);
      } else {
        output.put(name, PeftNames.IA3, l, l.length, 1);
      }
    }
  }
}
