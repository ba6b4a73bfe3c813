package io.github.cola4j.spark.internal.round;

import io.github.cola4j.io.adapter.AdapterMoments;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.averaging.AveragingState;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.training.TaskAdapters;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.spark.training.TrainingSnapshot;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TaskState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** One task between rounds, on the driver. */
public final class TaskProgress {
  public final int index;
  public final TaskData<?> data;
  public final long examples;
  public final int totalSteps;
  public final int stepsPerRound;
  public final double examplesPerStep;
  final int stepsBefore; // that the first state's moments have behind them
  KeptState state;
  AveragingState averaging = AveragingState.NONE;
  long momentsSent; // bytes of the shards' own moments in the round before
  boolean active = true;
  int rounds;
  int bestRound;
  KeptState best; // null before the first validation
  Evaluation bestValidation;
  public Map<String, Long> dropped = Map.of();
  private TaskSummary summary; // null while examples are not counted

  /**
   * A task's first state.
   *
   * @param stepsBefore that its moments have behind them
   */
  public record Begin(TaskState state, int stepsBefore) {}

  public TaskProgress(
      int index,
      TaskData<?> data,
      long examples,
      int totalSteps,
      int stepsPerRound,
      double examplesPerStep,
      Begin begin) {
    this.index = index;
    this.data = data;
    this.examples = examples;
    this.totalSteps = totalSteps;
    this.stepsPerRound = stepsPerRound;
    this.examplesPerStep = examplesPerStep;
    this.stepsBefore = begin.stepsBefore();
    this.state = new KeptState(begin.state());
  }

  /** The same task before its first round. */
  public TaskProgress again(Function<TaskData<?>, Begin> begin) {
    TaskProgress again =
        new TaskProgress(
            index, data, examples, totalSteps, stepsPerRound, examplesPerStep, begin.apply(data));
    again.dropped = dropped;
    again.summary = summary;
    return again;
  }

  /** The labels by number; empty where the task has none. */
  public List<String> classes() {
    return data.objective().classes();
  }

  /** The labels that data are counted by, by number; empty where there are none. */
  public List<String> countedClasses() {
    return data.objective().counted() == null ? List.of() : classes();
  }

  /** Says what its data are. */
  public void summarize(DataSetSummary training, DataSetSummary validation) {
    summary = TaskSummary.of(data.name(), training, validation, dropped);
  }

  /** What its data are. */
  public TaskSummary summary() {
    return summary;
  }

  /** The steps of the coming round. */
  int nextSteps() {
    return Math.min(stepsPerRound, totalSteps - state.step());
  }

  /** The present state, to resume from; its vectors are read when they are asked for. */
  TrainingSnapshot.Task snapshot(EarlyStopping stopping) {
    return new TrainingSnapshot.Task(
        data.name(),
        state.step(),
        rounds,
        bestRound,
        bestValidation,
        stopping.remembered(),
        this::vectors);
  }

  private Map<String, float[]> vectors() {
    Map<String, float[]> vectors = new TreeMap<>();
    TaskState present = state.get();
    vectors.put("theta", present.theta());
    vectors.put("m", present.m());
    vectors.put("v", present.v());
    if (best != null && bestRound != rounds) {
      TaskState kept = best.get();
      vectors.put("best", kept.theta());
      vectors.put("best.m", kept.m());
      vectors.put("best.v", kept.v());
    }
    averaging.vectors(vectors);
    return vectors;
  }

  /** Brings the first state, which was not sent, into the form of every factor. */
  void expand(StateForm form) {
    TaskState first = state.get();
    state =
        new KeptState(
            new TaskState(
                form.expand(first.theta()),
                form.expand(first.m()),
                form.expand(first.v()),
                first.step()));
  }

  /**
   * Takes the state of a snapshot in the place of the first one.
   *
   * @param form of states; a snapshot of every factor or of equal ones once comes into it
   * @throws IllegalArgumentException if it is that of another model, adapter or head
   */
  void restore(TrainingSnapshot.Task from, StateForm form) {
    Map<String, float[]> vectors = form.of(from.vectors().get(), state.length());
    state = restored(vectors, "theta", "m", "v", from.step());
    rounds = from.rounds();
    bestRound = from.bestRound();
    if (bestRound > 0) {
      best =
          bestRound == rounds
              ? state
              : restored(
                  vectors,
                  "best",
                  "best.m",
                  "best.v",
                  Math.min(totalSteps, bestRound * stepsPerRound));
    }
    bestValidation = from.bestValidation();
    averaging = AveragingState.of(vectors);
  }

  private KeptState restored(
      Map<String, float[]> vectors, String theta, String m, String v, int step) {
    return new KeptState(
        new TaskState(vector(vectors, theta), vector(vectors, m), vector(vectors, v), step));
  }

  private float[] vector(Map<String, float[]> from, String name) {
    float[] vector = from.get(name);
    if (vector == null || vector.length != state.length()) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s' cannot resume: expected %d values of '%s', got %s; its model, adapter or"
                  + " classes were others. Start from scratch",
              data.name(),
              state.length(),
              name,
              vector == null ? "none" : String.valueOf(vector.length)));
    }
    return vector;
  }

  /** Keeps the present state as the best. */
  void keepBest(Evaluation validation) {
    if (best != null) {
      best.destroy();
    }
    bestRound = rounds;
    best = state;
    bestValidation = validation.withoutNumbers();
  }

  /** Gives up a state that was the present one; if it is the best, it stays here alone. */
  void release(KeptState before) {
    if (before == best) {
      before.recall();
    } else {
      before.destroy();
    }
  }

  /** Gives up the present and the best state. */
  void giveUp() {
    state.destroy();
    if (best != null) {
      best.destroy();
    }
  }

  /**
   * The task after training.
   *
   * @param by what has averaged its states
   * @param form of its states
   */
  TrainedTask result(RoundAveraging by, TaskAdapters adapters, StateForm form) {
    TaskState kept = best.get();
    TrainedAdapter adapter = adapters.of(data, form.expand(kept.theta()));
    if (by.hasOneOptimizer()) {
      int steps = Math.addExact(stepsBefore, kept.step());
      adapter =
          adapter.withMoments(
              new AdapterMoments(form.expand(kept.m()), form.expand(kept.v()), steps));
    }
    return new TrainedTask(
        adapter,
        bestRound,
        rounds,
        bestValidation,
        examples,
        summary.truncated(),
        dropped,
        summary);
  }
}
