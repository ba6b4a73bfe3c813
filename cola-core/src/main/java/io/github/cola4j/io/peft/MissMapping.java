package io.github.cola4j.io.peft;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.nn.Matrix;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's MiSS, which has one rank for all modules; with several, and where small singular values
 * are left out, it is written as a LoRA.
 */
public final class MissMapping implements PeftMapping {

  @Override
  public String type() {
    return "MISS";
  }

  @Override
  public Set<String> methods() {
    return Set.of("miss");
  }

  @Override
  public Set<String> keys() {
    return Set.of("r", "miss_dropout", "init_weights", "rank_pattern");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    if (config.get("init_weights").asText().equals("bat")) {
      return null;
    }
    if (config.has("init_weights") && !config.get("init_weights").isBoolean()) {
      throw config.unsupported(
          "init_weights", "it is another method than MiSS; true and bat are read");
    }
    config.positive("r");
    return new Reading(config);
  }

  private record Reading(PeftConfig config) implements PeftReading {

    @Override
    public String method() {
      return "miss";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(PeftNames.MISS, "D");
    }

    @Override
    public Order order(String suffix, String module) {
      return Order.COLUMNS;
    }

    @Override
    public int rank(String module) {
      return (int) config.positive("rank_pattern", module, "r");
    }

    @Override
    public double dropout() {
      return config.get("miss_dropout").asDouble(0);
    }
  }

  @Override
  public void write(PeftOutput output) {
    if (output.options().truncates() || output.oneRank() == 0) {
      new LoraMapping().write(output);
      return;
    }
    int rank = 0;
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      Matrix d = output.parameter(name + "/D");
      rank = d.columns();
      output.put(name, PeftNames.MISS, d.toArray(), rank, d.rows());
      output.rounds(name + "/D");
      output.rank(name, rank);
    }
    output.config().put("peft_type", type());
    output.config().put("r", rank);
    output.config().put("miss_dropout", 0.0);
    output.config().put("bias", "none");
    output.config().put("init_weights", true);
  }
}
