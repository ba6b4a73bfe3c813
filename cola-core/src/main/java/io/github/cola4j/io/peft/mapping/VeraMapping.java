package io.github.cola4j.io.peft.mapping;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.lowrank.VeraOptions;
import io.github.cola4j.adapter.lowrank.VeraProjection;
import io.github.cola4j.io.adapter.BoundAdapter;
import io.github.cola4j.io.peft.LoraMapping;
import io.github.cola4j.io.peft.PeftConfig;
import io.github.cola4j.io.peft.PeftMapping;
import io.github.cola4j.io.peft.PeftOutput;
import io.github.cola4j.io.peft.PeftReading;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * PEFT's VeRA, which has one A and one B for all modules, as large as the largest needs it; others
 * have their first columns and rows. What ours draws is the same but for a factor of A, which goes
 * into d. A file without them ({@code save_projection: false}) leaves it to PyTorch's random
 * numbers and is refused. With several ranks, or stored matrices that are no parts of one, a LoRA
 * is written.
 */
public final class VeraMapping implements PeftMapping {
  private static final String LAMBDA_D = "vera_lambda_d";
  private static final String LAMBDA_B = "vera_lambda_b";
  private static final String SHARED_A = "base_model.vera_A";
  private static final String SHARED_B = "base_model.vera_B";

  @Override
  public String type() {
    return "VERA";
  }

  @Override
  public Set<String> methods() {
    return Set.of("vera");
  }

  @Override
  public Set<String> keys() {
    return Set.of(
        "r", "projection_prng_key", "save_projection", "vera_dropout", "d_initial", "init_weights");
  }

  @Override
  public PeftReading reading(PeftConfig config) {
    if (!config.get("save_projection").asBoolean(true)) {
      throw config.unsupported(
          "save_projection",
          "the random matrices are not in the file, and only PyTorch draws them from"
              + " projection_prng_key; save the adapter with save_projection=True");
    }
    return new Reading((int) config.positive("r"), config.get("vera_dropout").asDouble(0));
  }

  private record Reading(int general, double dropout) implements PeftReading {

    @Override
    public String method() {
      return "vera";
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of(LAMBDA_D, "lambdaD", LAMBDA_B, "lambdaB");
    }

    @Override
    public Map<String, String> shared() {
      return Map.of(SHARED_A, "A", SHARED_B, "B");
    }

    @Override
    public Order order(String suffix, String module) {
      return switch (suffix) {
        case SHARED_A -> Order.COLUMNS;
        case SHARED_B -> Order.ROWS;
        default -> Order.VECTOR;
      };
    }

    @Override
    public int rank(String module) {
      return general;
    }

    @Override
    public Map<String, Object> options(Map<String, String> modules) {
      return Map.of("storedProjection", true);
    }
  }

  /**
   * The matrices of all modules.
   *
   * @param a A [r × in], row by row
   * @param b B [out × r], row by row
   * @param in of the widest module
   */
  private record Shared(float[] a, float[] b, int in) {}

  @Override
  public void write(PeftOutput output) {
    int rank = output.oneRank();
    boolean stored = output.adapter().options(VeraOptions.class).storedProjection();
    Shared shared =
        output.options().truncates() || rank == 0
            ? null
            : stored ? stored(output, rank) : drawn(output, rank);
    if (shared == null) {
      new LoraMapping().write(output);
      return;
    }
    output.putShared(SHARED_A, shared.a(), rank, shared.in());
    output.putShared(SHARED_B, shared.b(), shared.b().length / rank, rank);
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      double factor = stored ? 1 : Math.sqrt((double) shared.in() / module.linear().in());
      float[] d = output.parameter(name + "/lambdaD").toArray();
      for (int k = 0; k < d.length; k++) {
        d[k] *= (float) factor;
      }
      output.put(name, LAMBDA_D, d, d.length);
      output.put(
          name, LAMBDA_B, output.parameter(name + "/lambdaB").toArray(), module.linear().out());
      output.rounds(module.lowRank());
      output.rank(name, rank);
    }
    output.config().put("peft_type", type());
    output.config().put("r", rank);
    output.config().put("projection_prng_key", 0);
    output.config().put("save_projection", true);
    output.config().put("vera_dropout", 0.0);
    output.config().put("bias", "none");
    output.config().put("fan_in_fan_out", false);
    output.config().put("init_weights", true);
  }

  private static Shared drawn(PeftOutput output, int rank) {
    int in = largest(output, module -> module.linear().in()).linear().in();
    int out = largest(output, module -> module.linear().out()).linear().out();
    Adapter any = output.modules().iterator().next();
    VeraProjection all = VeraProjection.of(output.adapter(), any.linear(), in, out);
    return new Shared(all.a(), rows(all.b(), out, rank), in);
  }

  /** Null if a module has others than the largest. */
  private static Shared stored(PeftOutput output, int rank) {
    Adapter widest = largest(output, module -> module.linear().in());
    Adapter highest = largest(output, module -> module.linear().out());
    int in = widest.linear().in();
    float[] a = output.parameter(widest.linear().name() + "/A").toArray();
    float[] b = BoundAdapter.rowMajor(output.parameter(highest.linear().name() + "/B"));
    for (Adapter module : output.modules()) {
      String name = module.linear().name();
      float[] ownA = output.parameter(name + "/A").toArray();
      float[] ownB = BoundAdapter.rowMajor(output.parameter(name + "/B"));
      int own = module.linear().in();
      boolean same = Arrays.equals(ownB, 0, ownB.length, b, 0, ownB.length);
      for (int k = 0; k < rank && same; k++) {
        same = Arrays.equals(ownA, k * own, (k + 1) * own, a, k * in, k * in + own);
      }
      if (!same) {
        return null;
      }
    }
    return new Shared(a, b, in);
  }

  private static Adapter largest(PeftOutput output, ToIntFunction<Adapter> side) {
    return output.modules().stream().max(Comparator.comparingInt(side)).orElseThrow();
  }

  private static float[] rows(float[] columns, int rows, int rank) {
    float[] turned = new float[columns.length];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < rank; k++) {
        turned[i * rank + k] = columns[k * rows + i];
      }
    }
    return turned;
  }
}
