package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import scala.Tuple2;

/**
 * Turns a task's examples into shards: tokenised on executors, dealt out by a seeded permutation,
 * one shard a partition. Which example goes where follows from the data's order, the seed and the
 * shard size alone. Close it when its shards are no longer needed.
 */
public final class TaskSharder implements AutoCloseable {
  private final ModelReference model;
  private final TrainingConfig training;
  private final int examplesPerShard;
  private final Queue<Dealing> dealings = new ConcurrentLinkedQueue<>();

  TaskSharder(ModelReference model, TrainingConfig training, int examplesPerShard) {
    this.model = model;
    this.training = training;
    this.examplesPerShard = examplesPerShard;
  }

  /** The seed of a task. */
  public static long taskSeed(TrainingConfig training, String name) {
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
   * Splits training examples into those that stay and those held out for validation, of a
   * classification in proportion to its classes ({@link HeldOut}).
   *
   * @param labels the examples' classes [n]
   * @param share of the examples held out, at least one
   */
  <E extends Serializable> Split<E> holdOut(
      String name, Objective<E> objective, CountedExamples<E> data, int[] labels, double share) {
    int count = data.count();
    int held = HeldOut.of(count, share);
    int classes = Math.max(1, objective.classes().size());
    long seed = Seeds.mix(taskSeed(training, name), Seeds.of("hold out"));
    int[] permutation = Batcher.permutation(count, seed);
    Strata strata =
        Strata.of(labels, permutation, HeldOut.counts(held, Strata.sizes(labels, classes)));
    int[] parts =
        IntStream.range(0, count).map(i -> strata.part(labels[i], permutation[i])).toArray();
    return new Split<>(
        part(data, parts, 1),
        IntStream.range(0, count).filter(i -> parts[i] == 1).map(i -> labels[i]).toArray(),
        part(data, parts, 0));
  }

  /**
   * One part of a division, whose partitions' sizes follow from the division. Which examples it has
   * travels as a bit each, so that no Spark task divides them all again.
   */
  private static <E extends Serializable> CountedExamples<E> part(
      CountedExamples<E> data, int[] parts, int part) {
    BitSet chosen = new BitSet(parts.length);
    IntStream.range(0, parts.length).filter(i -> parts[i] == part).forEach(chosen::set);
    int[] sizes = new int[data.sizes().length];
    for (int p = 0, first = 0; p < sizes.length; first += data.sizes()[p], p++) {
      sizes[p] = chosen.get(first, first + data.sizes()[p]).cardinality();
    }
    return new CountedExamples<>(
        data.numbered(
            rows ->
                Partitions.lazily(rows)
                    .filter(row -> chosen.get(row._2()))
                    .map(Tuple2::_1)
                    .iterator()),
        sizes);
  }

  /**
   * How the examples of a task are dealt to shards whose labels differ.
   *
   * @param labels the examples' classes [n]
   * @param alpha the concentration of {@link LabelSkew}
   */
  Strata skewed(String name, Objective<?> objective, int[] labels, double alpha) {
    int count = labels.length;
    long seed = taskSeed(training, name);
    int[] sizes = Strata.sizes(labels, objective.classes().size());
    return Strata.of(
        labels,
        Batcher.permutation(count, dealingSeed(seed)),
        LabelSkew.counts(sizes, shards(count), alpha, Seeds.mix(seed, Seeds.of("skew"))));
  }

  /**
   * Training and validation examples.
   *
   * @param trainLabels the classes of those for training [n]
   */
  record Split<E extends Serializable>(
      CountedExamples<E> train, int[] trainLabels, CountedExamples<E> validation) {}

  /**
   * The shards of one data set.
   *
   * @param task the task's number
   * @param name the task's name
   * @param totalSteps of the whole training
   * @param strata which shard is whose; null deals examples out evenly
   */
  <E extends Serializable> JavaRDD<TaskShard> shards(
      int task,
      String name,
      Objective<E> objective,
      CountedExamples<E> data,
      int totalSteps,
      Strata strata) {
    int count = data.count();
    int shards = shards(count);
    int stepsPerEpoch = stepsPerEpoch(count);
    long seed = taskSeed(training, name);
    ModelReference reference = model;
    int maxLength = training.maxLength();
    Dealing dealing = dealing(count, seed, data);
    if (shards == 1 && data.sizes().length == 1) {
      // nothing has to be shuffled, and a stage costs more than a small task's data
      return data.numbered(
          rows ->
              shard(
                  task,
                  seed,
                  0,
                  stepsPerEpoch,
                  totalSteps,
                  tokenize(
                      reference,
                      maxLength,
                      name,
                      objective,
                      place(rows, dealing, objective, 1, strata))));
    }
    // The partitioner is forgotten: Spark unites data sets that have one partitioner partition by
    // partition, and one core would train tasks with as many shards in turn.
    return data.numbered(rows -> place(rows, dealing, objective, shards, strata).iterator())
        .mapToPair(row -> row)
        .partitionBy(new HashPartitioner(shards))
        .mapPartitionsWithIndex(
            (index, rows) ->
                shard(
                    task,
                    seed,
                    index,
                    stepsPerEpoch,
                    totalSteps,
                    tokenize(reference, maxLength, name, objective, Partitions.lazily(rows))),
            false);
  }

  private Dealing dealing(int count, long seed, CountedExamples<?> data) {
    Dealing dealing =
        Dealing.of(
            JavaSparkContext.fromSparkContext(data.examples().context()),
            count,
            dealingSeed(seed),
            data.sizes().length);
    dealings.add(dealing);
    return dealing;
  }

  private static long dealingSeed(long taskSeed) {
    return Seeds.mix(taskSeed, Seeds.of("shards"));
  }

  /** Releases what executors hold; shards that are lost cannot be computed again. */
  @Override
  public void close() {
    dealings.forEach(Dealing::close);
    dealings.clear();
  }

  private static Iterator<TaskShard> shard(
      int task, long seed, int index, int stepsPerEpoch, int totalSteps, Tokenized tokenized) {
    Shard shard = new Shard(seed, index, stepsPerEpoch, totalSteps, tokenized.samples());
    return List.of(new TaskShard(task, shard, tokenized.truncated())).iterator();
  }

  private record Placed<E extends Serializable>(int position, E example) implements Serializable {}

  private record Tokenized(List<Sample> samples, int truncated) {}

  private static <E extends Serializable> Stream<Tuple2<Integer, Placed<E>>> place(
      Iterator<Tuple2<E, Integer>> rows,
      Dealing dealing,
      Objective<E> objective,
      int shards,
      Strata strata) {
    int[] places = dealing.places();
    return Partitions.lazily(rows)
        .map(
            row -> {
              int position = places[row._2()];
              int shard =
                  strata == null
                      ? position % shards
                      : strata.part(objective.label(row._1()), position);
              return new Tuple2<>(shard, new Placed<>(position, row._1()));
            });
  }

  private static <E extends Serializable> Tokenized tokenize(
      ModelReference model,
      int maxLength,
      String task,
      Objective<E> objective,
      Stream<Tuple2<Integer, Placed<E>>> rows) {
    FrozenModel base = BaseModelCache.frozen(model);
    List<Placed<E>> placed =
        rows.map(Tuple2::_2).sorted(Comparator.comparingInt(Placed::position)).toList();
    List<Sample> samples = new ArrayList<>(placed.size());
    int truncated = 0;
    for (Placed<E> row : placed) {
      Encoded encoded = ExampleSurvey.encode(base, maxLength, task, objective, row.example());
      samples.add(encoded.sample());
      truncated += encoded.truncated() ? 1 : 0;
    }
    return new Tokenized(samples, truncated);
  }
}
