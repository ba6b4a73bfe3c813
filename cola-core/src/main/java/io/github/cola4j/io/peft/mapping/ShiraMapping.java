package io.github.cola4j.io.peft.mapping;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.highrank.ShiraOptions;
import io.github.cola4j.adapter.highrank.SparseMask;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's SHiRA, which has one rank for all modules: values beside the rows and columns of the
 * elements that they change. Which mask they come from does not matter then.
 */
public final class ShiraMapping implements PeftMapping {
  private static final String VALUES = "shira_weight";
  private static final String INDICES = "shira_indices";

  @Override
  public String type() {
    return "SHIRA";
  }

  @Override
  public Set<String> methods() {
    return Set.of("shira");
  }

  @Override
  public Set<String> keys() {
    return Set.of("r", "mask_type", "random_seed", "init_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    return new Reading((int) config.positive("r"));
  }

  private record Reading(int rank) implements PeftReading {

    @Override
    public String method() {
      return "shira";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(VALUES, "v", INDICES, "cells");
    }

    @Override
    public Order order(String suffix, String module) {
      return suffix.equals(VALUES) ? Order.VECTOR : Order.COLUMNS;
    }

    @Override
    public Set<String> integers() {
      return Set.of(INDICES);
    }

    @Override
    public int rank(String module) {
      return rank;
    }

    @Override
    public Map<String, Object> options(Map<String, String> modules) {
      return Map.of("storedMask", true);
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    boolean stored = output.adapter().options(ShiraOptions.class).storedMask();
    int rank = 0;
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      int before = rank;
      rank = output.adapter().rankOf(name);
      if (before != 0 && before != rank) {
        throw new IllegalArgumentException(
            String.format(
                "HF PEFT's SHiRA has one rank for all modules, got %d and %d (%s); cola merge"
                    + " writes the whole model",
                before, rank, name));
      }
      float[] values = output.parameter(name + "/v").toArray();
      float[] cells = stored ? output.start(name + "/cells") : null;
      SparseMask mask = SparseMask.of(output.adapter(), module.linear(), cells);
      output.put(name, VALUES, values, values.length);
      output.put(name, INDICES, mask.rowsAndColumns(), 2, values.length);
      output.rounds(name + "/v");
      output.rank(name, rank);
    }
    output.config().put("peft_type", type());
    output.config().put("r", rank);
    output.config().put("mask_type", "random");
    output.config().put("fan_in_fan_out", false);
    output.config().put("init_weights", true);
  }
}
