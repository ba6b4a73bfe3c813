package io.github.cola4j.spark;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Turns a task's examples into shards: tokenised on executors, dealt out by a seeded permutation,
 * one shard a partition. Which example goes where follows from the data's order, the seed and the
 * shard size alone.
 */
final class TaskSharder {
  private static final int MOST_REASONS = 20;
  private static final String OTHER_REASONS = "other reasons";

  private final ModelReference model;
  private final TrainingConfig training;
  private final int examplesPerShard;

  TaskSharder(ModelReference model, TrainingConfig training, int examplesPerShard) {
    this.model = model;
    this.training = training;
    this.examplesPerShard = examplesPerShard;
  }

  /** The seed of a task. */
  static long taskSeed(TrainingConfig training, String name) {
    return Seeds.mix(training.seed(), Seeds.of(name));
  }

  /** The number of shards of so many examples. */
  int shards(long examples) {
    return Math.max(1, Math.toIntExact((examples - 1) / examplesPerShard + 1));
  }

  /** The steps of an epoch of so many examples. */
  int stepsPerEpoch(long examples) {
    int shards = shards(examples);
    return Shard.stepsPerEpoch(Math.toIntExact((examples - 1) / shards + 1), training);
  }

  /**
   * Leaves out examples that there is nothing to learn from, such as dialogues whose prompt alone
   * fills the length. They are tokenised here and once more for their shard.
   */
  <E extends Serializable> JavaRDD<E> usable(String name, Objective<E> objective, JavaRDD<E> data) {
    if (!objective.drops()) {
      return data;
    }
    ModelReference reference = model;
    int maxLength = training.maxLength();
    return data.filter(
        example ->
            encode(BaseModelCache.frozen(reference), maxLength, name, objective, example).sample()
                != null);
  }

  /** How many examples {@link #usable} leaves out, by the reason why. */
  <E extends Serializable> Map<String, Long> dropped(
      String name, Objective<E> objective, JavaRDD<E> data) {
    Map<String, Long> dropped = new TreeMap<>();
    if (objective.drops()) {
      ModelReference reference = model;
      int maxLength = training.maxLength();
      data.mapPartitions(
              rows -> {
                FrozenModel base = BaseModelCache.frozen(reference);
                TreeMap<String, Long> counts = new TreeMap<>();
                rows.forEachRemaining(
                    row ->
                        count(counts, encode(base, maxLength, name, objective, row).dropped(), 1));
                return List.of(counts).iterator();
              })
          .collect()
          .forEach(counts -> counts.forEach((reason, more) -> count(dropped, reason, more)));
    }
    return dropped;
  }

  /** Reasons may have words of their examples, so that only the first ones are kept. */
  static void count(Map<String, Long> dropped, String reason, long more) {
    if (reason != null) {
      boolean kept = dropped.containsKey(reason) || dropped.size() < MOST_REASONS;
      dropped.merge(kept ? reason : OTHER_REASONS, more, Long::sum);
    }
  }

  /**
   * Splits training examples into those that stay and those held out for validation, of a
   * classification in proportion to its classes ({@link HeldOut}).
   *
   * @param share of the examples held out, at least one
   */
  <E extends Serializable> Split<E> holdOut(
      String name, Objective<E> objective, JavaRDD<E> data, long examples, double share) {
    int count = Math.toIntExact(examples);
    int held = HeldOut.of(count, share);
    int classes = Math.max(1, objective.classes().size());
    long seed = Seeds.mix(taskSeed(training, name), Seeds.of("hold out"));
    int[] labels = labels(name, objective, data, count);
    Strata strata =
        Strata.of(
            labels,
            Batcher.permutation(count, seed),
            HeldOut.counts(held, Strata.sizes(labels, classes)));
    JavaPairRDD<E, Long> numbered = data.zipWithIndex();
    return new Split<>(
        numbered.mapPartitions(
            rows -> select(rows, Batcher.permutation(count, seed), objective, strata, 1)),
        count - held,
        numbered.mapPartitions(
            rows -> select(rows, Batcher.permutation(count, seed), objective, strata, 0)),
        held);
  }

  /** The classes of all examples in their order, all 0 where the task has none. */
  private static <E extends Serializable> int[] labels(
      String name, Objective<E> objective, JavaRDD<E> data, int count) {
    if (objective.classes().isEmpty()) {
      return new int[count];
    }
    return data
        .mapPartitions(
            rows ->
                List.of(
                        lazily(rows)
                            .mapToInt(row -> named(name, () -> objective.label(row)))
                            .toArray())
                    .iterator())
        .collect()
        .stream()
        .flatMapToInt(Arrays::stream)
        .toArray();
  }

  /**
   * How the examples of a task are dealt to shards whose labels differ.
   *
   * @param alpha the concentration of {@link LabelSkew}
   */
  <E extends Serializable> Strata skewed(
      String name, Objective<E> objective, JavaRDD<E> data, long examples, double alpha) {
    int count = Math.toIntExact(examples);
    long seed = taskSeed(training, name);
    int[] labels = labels(name, objective, data, count);
    int[] sizes = Strata.sizes(labels, objective.classes().size());
    return Strata.of(
        labels,
        dealing(count, seed),
        LabelSkew.counts(sizes, shards(examples), alpha, Seeds.mix(seed, Seeds.of("skew"))));
  }

  private static int[] dealing(int count, long taskSeed) {
    return Batcher.permutation(count, Seeds.mix(taskSeed, Seeds.of("shards")));
  }

  /** Training and validation examples and how many there are. */
  record Split<E extends Serializable>(
      JavaRDD<E> train, long trainCount, JavaRDD<E> validation, long validationCount) {}

  private static <E extends Serializable> Iterator<E> select(
      Iterator<Tuple2<E, Long>> rows,
      int[] permutation,
      Objective<E> objective,
      Strata strata,
      int part) {
    return lazily(rows)
        .filter(
            row ->
                strata.part(objective.label(row._1()), permutation[Math.toIntExact(row._2())])
                    == part)
        .map(Tuple2::_1)
        .iterator();
  }

  /** Rows one at a time: a partition is a file, which need not fit into memory. */
  private static <T> Stream<T> lazily(Iterator<T> rows) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(rows, Spliterator.ORDERED), false);
  }

  /**
   * The shards of one data set.
   *
   * @param task the task's number
   * @param name the task's name
   * @param examples how many {@code data} has
   * @param totalSteps of the whole training
   * @param strata which shard is whose; null deals examples out evenly
   */
  <E extends Serializable> JavaRDD<TaskShard> shards(
      int task,
      String name,
      Objective<E> objective,
      JavaRDD<E> data,
      long examples,
      int totalSteps,
      Strata strata) {
    int shards = shards(examples);
    int stepsPerEpoch = stepsPerEpoch(examples);
    int count = Math.toIntExact(examples);
    long seed = taskSeed(training, name);
    ModelReference reference = model;
    int maxLength = training.maxLength();
    JavaPairRDD<Integer, Placed<E>> placed =
        data.zipWithIndex()
            .mapPartitionsToPair(
                rows -> place(rows, dealing(count, seed), objective, shards, strata));
    // The partitioner is forgotten. Spark unites data sets of one partitioner partition by
    // partition:
    // tasks with as many shards would share each, and one core would train them in turn.
    return placed
        .partitionBy(new HashPartitioner(shards))
        .mapPartitionsWithIndex(
            (index, rows) -> {
              List<Placed<E>> mine = new ArrayList<>();
              rows.forEachRemaining(row -> mine.add(row._2()));
              mine.sort(Comparator.comparingInt(Placed::position));
              Tokenized tokenized = tokenize(reference, maxLength, name, objective, mine);
              Shard shard = new Shard(seed, index, stepsPerEpoch, totalSteps, tokenized.samples());
              return List.of(new TaskShard(task, shard, tokenized.truncated())).iterator();
            },
            false);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  static JavaRDD<TaskShard>[] newArray() {
    return new JavaRDD[0];
  }

  private record Placed<E extends Serializable>(int position, E example) implements Serializable {}

  private record Tokenized(List<Sample> samples, int truncated) {}

  private static <E extends Serializable> Iterator<Tuple2<Integer, Placed<E>>> place(
      Iterator<Tuple2<E, Long>> rows,
      int[] permutation,
      Objective<E> objective,
      int shards,
      Strata strata) {
    return lazily(rows)
        .map(
            row -> {
              int position = permutation[Math.toIntExact(row._2())];
              int shard =
                  strata == null
                      ? position % shards
                      : strata.part(objective.label(row._1()), position);
              return new Tuple2<>(shard, new Placed<>(position, row._1()));
            })
        .iterator();
  }

  private static <E extends Serializable> Tokenized tokenize(
      ModelReference model,
      int maxLength,
      String task,
      Objective<E> objective,
      List<Placed<E>> rows) {
    FrozenModel base = BaseModelCache.frozen(model);
    List<Sample> samples = new ArrayList<>(rows.size());
    int truncated = 0;
    for (Placed<E> row : rows) {
      Encoded encoded = encode(base, maxLength, task, objective, row.example());
      samples.add(encoded.sample());
      truncated += encoded.truncated() ? 1 : 0;
    }
    return new Tokenized(samples, truncated);
  }

  private static <E> Encoded encode(
      FrozenModel base, int maxLength, String task, Objective<E> objective, E example) {
    return named(task, () -> objective.encode(base, maxLength, example));
  }

  /** What is wrong with an example is told with its task. */
  private static <T> T named(String task, Supplier<T> look) {
    try {
      return look.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("task '" + task + "': " + e.getMessage());
    }
  }
}
