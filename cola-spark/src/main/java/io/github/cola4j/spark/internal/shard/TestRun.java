package io.github.cola4j.spark.internal.shard;

import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.StoredParameters;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.spark.training.TrainedTask;
import io.github.cola4j.train.Objective;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Evaluates parameters on shards of labelled samples. */
public final class TestRun {
  private TestRun() {}

  /** What is evaluated of a task. */
  public record Tested(Objective<?> objective, Parameters theta) implements Serializable {}

  /** A task's parameters where executors find them. */
  public interface Parameters extends StoredParameters {

    /** Lets go of them. */
    void destroy();
  }

  /** Sent by the driver. */
  public record Sent(Broadcast<float[]> theta) implements Parameters {
    /** Sends them. */
    public static Sent of(JavaSparkContext spark, float[] theta) {
      return new Sent(spark.broadcast(theta));
    }

    @Override
    public float[] read() {
      return theta.value();
    }

    @Override
    public void destroy() {
      theta.destroy();
    }
  }

  private record Stored(StoredParameters theta) implements Parameters {
    @Override
    public float[] read() {
      return theta.read();
    }

    @Override
    public void destroy() {}
  }

  /**
   * The evaluations of tasks, each added up in the order of its shards.
   *
   * @param tasks by task
   * @param mistakes of each classifier to tell at most; for these examples are predicted once more
   */
  public static Map<Integer, TestedTask> test(
      TrainingContext job, JavaRDD<TaskShard> shards, Map<Integer, Tested> tasks, int mistakes) {
    TreeMap<Integer, Tested> all = new TreeMap<>(tasks);
    List<Tuple2<GroupKey, TestedTask>> parts =
        shards
            .filter(shard -> all.containsKey(shard.task()))
            .map(
                shard ->
                    new Tuple2<>(
                        GroupKey.of(shard), test(job, shard, all.get(shard.task()), mistakes)))
            .collect();
    Map<Integer, TestedTask> tested = new TreeMap<>();
    parts.stream()
        .sorted(Comparator.comparing(Tuple2::_1))
        .forEach(
            part ->
                tested.merge(
                    part._1().group(), part._2(), (some, others) -> some.plus(others, mistakes)));
    return tested;
  }

  /** Those of a trained task, sent unless executors have stored them. */
  public static Parameters parameters(JavaSparkContext spark, TrainedTask task) {
    return task.shared() == null ? Sent.of(spark, task.theta()) : new Stored(task.shared());
  }

  private static TestedTask test(TrainingContext job, TaskShard shard, Tested task, int mistakes) {
    float[] theta = task.theta().read();
    return new TestedTask(
        ShardTrainer.evaluate(job, task.objective(), theta, shard.shard().samples()),
        shard.tally(task.objective().counted()),
        ShardTrainer.mistakes(job, task.objective(), theta, shard.shard().samples(), mistakes));
  }
}
