package io.github.cola4j.train;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;

/**
 * The factor of the learning rate over the steps of a task: from 0 to 1 linearly during warm-up,
 * then {@code constant}, {@code linear} (to 0 after the last step) or {@code cosine} (half a period
 * to 0).
 *
 * @param name constant, linear or cosine
 * @param warmup steps of the warm-up; below 1 a share of all steps
 */
@RecordBuilder
public record ScheduleConfig(String name, Double warmup)
    implements Serializable, ScheduleConfigBuilder.With {

  /** Fills in defaults and checks every value. */
  public ScheduleConfig {
    name = name == null ? "cosine" : name;
    warmup = warmup == null ? 0.1 : warmup;
    if (!name.equals("constant") && !name.equals("linear") && !name.equals("cosine")) {
      throw new IllegalArgumentException(
          "schedule.name must be constant, linear or cosine, got '" + name + "'");
    }
    if (!(warmup >= 0) || Double.isInfinite(warmup)) {
      throw new IllegalArgumentException("schedule.warmup must be 0 or more, got " + warmup);
    }
  }

  /** Every default. */
  public static ScheduleConfig defaults() {
    return ScheduleConfigBuilder.builder().build();
  }

  /**
   * The factor of a step.
   *
   * @param step from 0
   * @param total the number of steps
   */
  public double factor(int step, int total) {
    double warm = warmup < 1 ? Math.rint(warmup * total) : warmup;
    if (step < warm) {
      return (step + 1) / (warm + 1);
    }
    double progress = Math.min(1, (step - warm) / Math.max(1, total - warm));
    return switch (name) {
      case "constant" -> 1;
      case "linear" -> 1 - progress;
      default -> 0.5 * (1 + Math.cos(Math.PI * progress));
    };
  }
}
