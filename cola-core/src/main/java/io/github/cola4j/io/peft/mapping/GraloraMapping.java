package io.github.cola4j.io.peft.mapping;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.lowrank.GraloraOptions;
import io.github.cola4j.io.peft.LoraMapping;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import io.github.cola4j.nn.Matrix;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's GraLoRA, which has one rank and one alpha for all modules; with several, and where small
 * singular values are left out, a LoRA of k times the rank is written. Its hybrid with a LoRA
 * ({@code hybrid_r}) is refused.
 */
public final class GraloraMapping implements PeftMapping {
  private static final String FACTOR_A = "gralora_A";
  private static final String FACTOR_B = "gralora_B";
  private static final String BLOCKS = "gralora_k";

  @Override
  public String type() {
    return "GRALORA";
  }

  @Override
  public Set<String> methods() {
    return Set.of("gralora");
  }

  @Override
  public Set<String> keys() {
    return Set.of("r", "hybrid_r", "alpha", "gralora_dropout", BLOCKS, "init_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    if (config.get("hybrid_r").asInt(0) != 0) {
      throw config.unsupported("hybrid_r", "the blocks alone are read; train it with 0");
    }
    return new Reading(
        (int) config.positive("r"),
        config.positive("alpha"),
        config.get("gralora_dropout").asDouble(0),
        config.get(BLOCKS).asInt(2));
  }

  private record Reading(int general, double alpha, double dropout, int blocks)
      implements PeftReading {

    @Override
    public String method() {
      return "gralora";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(FACTOR_A, "A", FACTOR_B, "B");
    }

    @Override
    public Order order(String suffix, String module) {
      return Order.BLOCKS;
    }

    @Override
    public long[] shape(String suffix, String module, int rows, int columns) {
      return new long[] {blocks, columns / blocks, rows};
    }

    @Override
    public int rank(String module) {
      return general;
    }

    @Override
    public double alpha(String module) {
      return alpha;
    }

    @Override
    public Map<String, Object> options(Map<String, String> modules) {
      return Map.of("blocks", blocks);
    }
  }

  @Override
  public void write(PeftOutput output) {
    AdapterConfig config = output.adapter();
    int rank = output.oneRank();
    double[] scalings =
        output.modules().stream()
            .mapToDouble(module -> config.scalingOf(module.linear().name()))
            .distinct()
            .toArray();
    if (output.options().truncates() || rank == 0 || scalings.length > 1) {
      new LoraMapping().write(output);
      return;
    }
    int blocks = config.options(GraloraOptions.class).blocks();
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      put(output, name, FACTOR_A, "/A", blocks);
      put(output, name, FACTOR_B, "/B", blocks);
      output.rounds(module.lowRank());
      output.rank(name, rank);
    }
    output.config().put("peft_type", type());
    output.config().put("r", rank);
    output.config().put("hybrid_r", 0);
    output.config().put("alpha", scalings[0] * rank);
    output.config().put(BLOCKS, blocks);
    output.config().put("gralora_dropout", 0.0);
    output.config().put("bias", "none");
    output.config().put("fan_in_fan_out", false);
    output.config().put("init_weights", true);
  }

  private static void put(PeftOutput output, String module, String suffix, String own, int blocks) {
    Matrix factor = output.parameter(module + own);
    output.put(module, suffix, factor.toArray(), blocks, factor.columns() / blocks, factor.rows());
  }
}
