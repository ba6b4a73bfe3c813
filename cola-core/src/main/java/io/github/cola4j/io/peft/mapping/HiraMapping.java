package io.github.cola4j.io.peft.mapping;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.io.adapter.BoundAdapter;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * PEFT's HiRA. It has no scaling: alpha is the rank where it is read; s is in B where written. PEFT
 * 0.21 knows a {@code rank_pattern}, and gives every module the rank r all the same: so factors of
 * smaller ranks are filled up by zeros, and a pattern is refused, since no one can say which of the
 * two a later PEFT meant.
 */
public final class HiraMapping implements PeftMapping {
  private static final String FACTOR_A = "hira_A";
  private static final String FACTOR_B = "hira_B";

  @Override
  public String type() {
    return "HIRA";
  }

  @Override
  public Set<String> methods() {
    return Set.of("hira");
  }

  @Override
  public Set<String> keys() {
    return Set.of("r", "hira_dropout", "init_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    if (config.has("rank_pattern")) {
      throw config.unsupported(
          "rank_pattern", "PEFT 0.21 leaves it out of HiRA; save the adapter with one rank");
    }
    return new Reading((int) config.positive("r"), config.get("hira_dropout").asDouble(0));
  }

  private record Reading(int general, double dropout) implements PeftReading {

    @Override
    public String method() {
      return "hira";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(FACTOR_A, "A", FACTOR_B, "B");
    }

    @Override
    public Order order(String suffix, String module) {
      return suffix.equals(FACTOR_B) ? Order.ROWS : Order.COLUMNS;
    }

    @Override
    public int rank(String module) {
      return general;
    }
  }

  @Override
  public void write(PeftOutput output) {
    output.requireWhole();
    AdapterConfig config = output.adapter();
    int rank =
        output.modules().stream()
            .mapToInt(module -> config.rankOf(module.linear().name()))
            .max()
            .orElseThrow();
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      Matrix a = filled(output.parameter(name + "/A"), 1, rank);
      Matrix b = filled(output.parameter(name + "/B"), config.scalingOf(name), rank);
      output.put(name, FACTOR_A, a.toArray(), rank, a.rows());
      output.put(name, FACTOR_B, BoundAdapter.rowMajor(b), b.rows(), rank);
      output.rounds(new LowRank(a, b));
      output.rank(name, rank);
    }
    output.config().put("peft_type", type());
    output.config().put("r", rank);
    output.config().put("hira_dropout", 0.0);
    output.config().put("fan_in_fan_out", false);
    output.config().put("init_weights", true);
  }

  /** A scaled factor [n × r] with columns of zeros up to a rank. */
  private static Matrix filled(Matrix factor, double scaling, int rank) {
    float[] elements = Arrays.copyOf(factor.toArray(), factor.rows() * rank);
    for (int i = 0; i < elements.length; i++) {
      elements[i] *= (float) scaling;
    }
    return Matrix.of(factor.type(), factor.rows(), rank, elements);
  }
}
