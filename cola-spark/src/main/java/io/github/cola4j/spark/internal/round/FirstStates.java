package io.github.cola4j.spark.internal.round;

import io.github.cola4j.spark.internal.state.HeldState;
import io.github.cola4j.spark.internal.state.StateForm;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.internal.state.TaskProgress;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.StoredVectors;
import io.github.cola4j.train.TaskState;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * The states that training begins with: drawn or read from a checkpoint by executors, or given by
 * the driver, which sends them until it is closed.
 */
final class FirstStates implements AutoCloseable {
  private final JavaSparkContext spark;
  private final TrainingContext job;
  private final Broadcast<List<TaskPlan>> plans;
  private final Map<Integer, First> byTask = new HashMap<>();
  private final HashMap<Integer, Stored> read = new HashMap<>();
  private final List<Broadcast<?>> sent = new ArrayList<>();

  /**
   * What a task begins with.
   *
   * @param seed that it is drawn from
   * @param given instead; null if it is drawn or read
   */
  private record First(int task, TaskProgress progress, long seed, Broadcast<HeldState> given)
      implements Serializable {}

  /**
   * Where a state is read.
   *
   * @param form of states
   * @param length of the task's vectors
   */
  record Stored(StoredVectors vectors, StateForm.Reading form, int length) implements Serializable {
    private HeldState read(TaskPlan plan, TaskProgress progress) {
      return HeldState.of(plan, progress, form.of(vectors.get(), length), length);
    }
  }

  FirstStates(JavaSparkContext spark, TrainingContext job, Broadcast<List<TaskPlan>> plans) {
    this.spark = spark;
    this.job = job;
    this.plans = plans;
  }

  /** Has a task begin from scratch. */
  void draw(int task, long seed) {
    byTask.put(task, new First(task, TaskProgress.start(0), seed, null));
  }

  /** Has a task begin with a state. */
  void give(HeldState state) {
    byTask.put(state.task(), new First(state.task(), state.progress(), 0, spark.broadcast(state)));
  }

  /** Has a task begin with a state that executors read. */
  void read(int task, TaskProgress progress, Stored stored) {
    byTask.put(task, new First(task, progress, 0, null));
    read.put(task, stored);
  }

  /** Whether executors read states from files, which may go when newer ones are written. */
  boolean areRead() {
    return !read.isEmpty();
  }

  /** How far a task is. */
  TaskProgress progress(int task) {
    return byTask.get(task).progress();
  }

  /** The states of tasks, in partitions. */
  JavaRDD<HeldState> of(List<List<Integer>> partitions) {
    List<List<First>> rows = new ArrayList<>();
    partitions.forEach(
        tasks -> rows.add(new ArrayList<>(tasks.stream().map(byTask::get).toList())));
    TrainingContext with = job;
    Broadcast<List<TaskPlan>> of = plans;
    Broadcast<HashMap<Integer, Stored>> from = spark.broadcast(read);
    sent.add(from);
    return spark
        .parallelize(rows, rows.size())
        .flatMap(
            firsts ->
                firsts.stream().map(first -> state(first, with, of, from.value())).iterator());
  }

  private static HeldState state(
      First first,
      TrainingContext job,
      Broadcast<List<TaskPlan>> plans,
      Map<Integer, Stored> read) {
    if (first.given() != null) {
      return first.given().value();
    }
    TaskPlan plan = plans.value().get(first.task());
    Stored stored = read.get(first.task());
    if (stored != null) {
      return stored.read(plan, first.progress());
    }
    float[] theta =
        plan.objective()
            .start(BaseModelCache.frozen(job.model()), job.initial().value(), first.seed());
    return HeldState.first(first.task(), first.progress(), TaskState.initial(theta));
  }

  @Override
  public void close() {
    sent.forEach(Broadcast::destroy);
    byTask.values().stream()
        .map(First::given)
        .filter(given -> given != null)
        .forEach(Broadcast::destroy);
  }
}
