package io.github.cola4j.io.peft.mapping;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import io.github.cola4j.nn.Matrix;
import java.util.Map;
import java.util.Set;

/** PEFT's MiSS with {@code init_weights="bat"}, which has one rank for all modules. */
public final class BatMapping implements PeftMapping {
  private static final String BLOCK = "miss_block";
  private static final String BAT = "bat";

  @Override
  public String type() {
    return "MISS";
  }

  @Override
  public Set<String> methods() {
    return Set.of(BAT);
  }

  @Override
  public Set<String> keys() {
    return Set.of("r", "miss_dropout", "init_weights", "rank_pattern");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    if (!config.get("init_weights").asText().equals(BAT)) {
      return null;
    }
    config.positive("r");
    return new Reading(config);
  }

  private record Reading(PeftConfig config) implements PeftReading {

    @Override
    public String method() {
      return BAT;
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(BLOCK, "D");
    }

    @Override
    public Order order(String suffix, String module) {
      return Order.BLOCKS;
    }

    @Override
    public long[] shape(String suffix, String module, int rows, int columns) {
      return new long[] {columns / rows, rows, rows};
    }

    @Override
    public int rank(String module) {
      return (int) config.positive("rank_pattern", module, "r");
    }

    /** PEFT drops nothing of a Bat, whatever {@code miss_dropout} says. */
    @Override
    public double dropout() {
      return 0;
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    int rank = output.oneRank();
    if (rank == 0) {
      throw new IllegalArgumentException(
          "HF PEFT's MiSS has one rank for all modules, this adapter has several; cola merge"
              + " writes the whole model");
    }
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      Matrix d = output.parameter(name + "/D");
      output.put(name, BLOCK, d.toArray(), d.columns() / rank, rank, rank);
      output.rounds(name + "/D");
      output.rank(name, rank);
    }
    output.config().put("peft_type", type());
    output.config().put("r", rank);
    output.config().put("miss_dropout", 0.0);
    output.config().put("bias", "none");
    output.config().put("init_weights", BAT);
  }
}
