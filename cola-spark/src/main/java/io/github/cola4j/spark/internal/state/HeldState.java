package io.github.cola4j.spark.internal.state;

import io.github.cola4j.spark.averaging.AveragingState;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * What executors hold of a task from round to round: all that the next round needs beside its data.
 * Arrays are never changed in place.
 *
 * @param task its number
 * @param present the newest state
 * @param best that was kept; null before the first validation, and {@code present} where that is it
 * @param averaging what a way of averaging keeps
 */
public record HeldState(
    int task, TaskProgress progress, TaskState present, TaskState best, AveragingState averaging)
    implements Serializable {

  /** Before the first round. */
  public static HeldState first(int task, TaskProgress progress, TaskState state) {
    return new HeldState(task, progress, state, null, AveragingState.NONE);
  }

  /** A round later. */
  public HeldState trained(TaskState state, AveragingState kept) {
    return new HeldState(task, progress.trained(state.step() - present.step()), state, best, kept);
  }

  /**
   * With what was decided of it after its last round.
   *
   * @throws IllegalStateException if the decision is of another round
   */
  public HeldState decided(TaskProgress decision) {
    if (decision.rounds() != progress.rounds()) {
      throw new IllegalStateException(
          String.format(
              "task %d is after round %d, what was decided of it is of round %d",
              task, progress.rounds(), decision.rounds()));
    }
    return new HeldState(task, decision, present, decision.isBest() ? present : best, averaging);
  }

  /** The bytes of its vectors. */
  public long bytes() {
    return vectors().values().stream()
        .mapToLong(vector -> (long) Float.BYTES * vector.length)
        .sum();
  }

  /** Its vectors by name, as a snapshot has them. */
  public Map<String, float[]> vectors() {
    Map<String, float[]> vectors = new TreeMap<>();
    vectors.put("theta", present.theta());
    vectors.put("m", present.m());
    vectors.put("v", present.v());
    if (best != null && !progress.isBest()) {
      vectors.put("best", best.theta());
      vectors.put("best.m", best.m());
      vectors.put("best.v", best.v());
    }
    averaging.vectors(vectors);
    return vectors;
  }

  /**
   * What {@link #vectors} gave.
   *
   * @param length of the task's vectors
   * @throws IllegalArgumentException if these are of another model, adapter or head
   */
  public static HeldState of(
      TaskPlan plan, TaskProgress progress, Map<String, float[]> vectors, int length) {
    TaskState present = state(plan, vectors, "", progress.step(), length);
    TaskState best = null;
    if (progress.bestRound() > 0) {
      int step = Math.min(plan.totalSteps(), progress.bestRound() * plan.stepsPerRound());
      best = progress.isBest() ? present : state(plan, vectors, "best", step, length);
    }
    return new HeldState(plan.index(), progress, present, best, AveragingState.of(vectors));
  }

  private static TaskState state(
      TaskPlan plan, Map<String, float[]> vectors, String of, int step, int length) {
    String prefix = of.isEmpty() ? "" : of + ".";
    return new TaskState(
        vector(plan, vectors, of.isEmpty() ? "theta" : of, length),
        vector(plan, vectors, prefix + "m", length),
        vector(plan, vectors, prefix + "v", length),
        step);
  }

  private static float[] vector(TaskPlan plan, Map<String, float[]> from, String name, int length) {
    float[] vector = from.get(name);
    if (vector == null || vector.length != length) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s' cannot resume: expected %d values of '%s', got %s; its model, adapter or"
                  + " classes were others. Start from scratch",
              plan.name(), length, name, vector == null ? "none" : String.valueOf(vector.length)));
    }
    return vector;
  }
}
