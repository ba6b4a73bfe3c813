package io.github.cola4j.io.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.io.adapter.BoundAdapter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** PEFT's LORA, rsLoRA among it, in which every change of low rank can be written. */
public final class LoraMapping implements PeftMapping {
  /** Ways to start that leave the base as it is. */
  private static final Set<String> INITS = Set.of("true", "false", "gaussian", "eva", "orthogonal");

  @Override
  public String type() {
    return "LORA";
  }

  @Override
  public Set<String> methods() {
    return Set.of("lora", "rslora");
  }

  @Override
  public Set<String> keys() {
    return Set.of(
        "r",
        "lora_alpha",
        "lora_dropout",
        "rank_pattern",
        "alpha_pattern",
        "use_rslora",
        "init_lora_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    return config.flag("use_dora") ? null : lora(config);
  }

  /** The reading, whether there is something beside the LoRA or not. */
  static PeftReading lora(PeftConfig config) {
    if (config.has("init_lora_weights")
        && !INITS.contains(config.get("init_lora_weights").asText())) {
      throw config.unsupported(
          "init_lora_weights",
          "it changes the base model's weights, which would have to be changed alike; save it in"
              + " PEFT with path_initial_model_for_weight_conversion");
    }
    config.positive("r");
    config.positive("lora_alpha");
    return new Reading(config);
  }

  private record Reading(PeftConfig config) implements PeftReading {

    @Override
    public String method() {
      return config.flag("use_rslora") ? "rslora" : "lora";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(PeftNames.LORA_A, "A", PeftNames.LORA_B, "B");
    }

    @Override
    public Order order(String suffix, String module) {
      return suffix.equals(PeftNames.LORA_B) ? Order.ROWS : Order.COLUMNS;
    }

    @Override
    public int rank(String module) {
      return (int) config.positive("rank_pattern", module, "r");
    }

    @Override
    public double alpha(String module) {
      return config.positive("alpha_pattern", module, "lora_alpha");
    }

    @Override
    public double dropout() {
      return config.get("lora_dropout").asDouble(0);
    }
  }

  @Override
  public void write(PeftOutput output) {
    write(output, module -> {});
  }

  /**
   * Writes the changes of low rank.
   *
   * @param beside receives each module after its factors
   */
  void write(PeftOutput output, Consumer<Adapter> beside) {
    LoraFactors factors = new LoraFactors(output.options());
    output.modules().forEach(module -> factors.add(module.linear().name(), change(module)));
    output.keeps(factors.kept());
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      LowRank change = factors.of(name);
      int rank = change.rank();
      output.rounds(change);
      output.put(name, PeftNames.LORA_A, change.a().toArray(), rank, module.linear().in());
      output.put(
          name, PeftNames.LORA_B, BoundAdapter.rowMajor(change.b()), module.linear().out(), rank);
      ranks.put(name, rank);
      output.rank(name, rank);
      beside.accept(module);
    }
    int rank = PeftPatterns.general(ranks.values());
    ObjectNode config = output.config();
    config.put("peft_type", type());
    config.put("r", rank);
    config.put("lora_alpha", rank);
    config.put("lora_dropout", 0.0);
    config.put("bias", "none");
    config.put("fan_in_fan_out", false);
    config.put("init_lora_weights", true);
    config.put("use_rslora", false);
    config.put("use_dora", false);
    ObjectNode rankPattern = config.putObject("rank_pattern");
    ObjectNode alphaPattern = config.putObject("alpha_pattern");
    ranks.forEach(
        (name, other) -> {
          if (other != rank) {
            rankPattern.put(name, other);
            alphaPattern.put(name, other);
          }
        });
  }

  private static LowRank change(Adapter module) {
    LowRank change = module.lowRank();
    if (change == null) {
      throw new IllegalArgumentException(
          "HF PEFT has no adapter that computes what the one of "
              + module.linear().name()
              + " does, since its change is not of low rank; cola merge writes the whole model");
    }
    return change;
  }
}
