package io.github.cola4j.io.peft.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's AdaLoRA (arXiv 2303.10512), W + α / (r₀ + 10⁻⁵) · B diag(E) A with B [out × r], E [r] and
 * A [r × in], read as a LoRA whose A is diag(E) A. {@code init_r} r₀ is the rank before pruning,
 * {@code rank_pattern} says which of its rows each module has kept; one that has kept none is left
 * out. It is never written: a LoRA computes the same.
 */
public final class AdaloraMapping implements PeftMapping {
  private static final String FACTOR_A = "lora_A";
  private static final String FACTOR_B = "lora_B";
  private static final String VALUES = "lora_E";
  private static final String RANK = "init_r";
  private static final String PATTERN = "rank_pattern";

  /** What PEFT adds to r₀. */
  private static final double OFFSET = 1e-5;

  @Override
  public String type() {
    return "ADALORA";
  }

  @Override
  public Set<String> methods() {
    return Set.of();
  }

  @Override
  public Set<String> keys() {
    return Set.of(
        RANK,
        PATTERN,
        "r",
        "lora_alpha",
        "lora_dropout",
        "alpha_pattern", // which PEFT ignores, as it does r
        "init_lora_weights",
        "target_r",
        "tinit",
        "tfinal",
        "deltaT",
        "beta1",
        "beta2",
        "orth_reg_weight",
        "total_step");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    int before = config.get(RANK).asInt(0);
    if (before < 1) {
      throw config.unsupported(RANK, "it is the rank before pruning, from 1");
    }
    for (JsonNode kept : config.get(PATTERN)) {
      boolean flags = kept.isArray();
      for (JsonNode flag : kept) {
        flags &= flag.isBoolean();
      }
      if (!flags || kept.size() != before) {
        throw config.unsupported(
            PATTERN, "each module has a list of " + before + " (" + RANK + ") true and false");
      }
    }
    return new Reading(config, before, config.positive("lora_alpha"));
  }

  /**
   * @param before r₀
   * @param alpha α
   */
  private record Reading(PeftConfig config, int before, double alpha) implements PeftReading {

    @Override
    public String method() {
      return "lora";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(FACTOR_A, "A", FACTOR_B, "B");
    }

    @Override
    public Map<String, String> factors() {
      return Map.of(FACTOR_A, VALUES);
    }

    @Override
    public Order order(String suffix, String module) {
      return suffix.equals(FACTOR_B) ? Order.ROWS : Order.COLUMNS;
    }

    @Override
    public int rank(String module) {
      for (var entry : config.get(PATTERN).properties()) {
        String name = entry.getKey(); // some versions leave the adapter's name behind it
        if (name.equals(module + "." + VALUES) || name.startsWith(module + "." + VALUES + ".")) {
          int rank = 0;
          for (JsonNode kept : entry.getValue()) {
            rank += kept.asBoolean() ? 1 : 0;
          }
          return rank;
        }
      }
      return before;
    }

    @Override
    public double alpha(String module) {
      return rank(module) * alpha / (before + OFFSET);
    }

    @Override
    public double dropout() {
      return config.get("lora_dropout").asDouble(0);
    }
  }

  @Override
  public void write(PeftOutput output) {
    throw new UnsupportedOperationException("an AdaLoRA is written as LORA");
  }
}
