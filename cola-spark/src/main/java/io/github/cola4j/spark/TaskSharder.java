package io.github.cola4j.spark;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.Tokenizer;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
   * Splits training examples into those that stay and those held out for validation.
   *
   * @param share of the examples held out, at least one
   */
  Split holdOut(String name, JavaRDD<Example> data, long examples, double share) {
    int count = Math.toIntExact(examples);
    int held = (int) Math.max(1, Math.round(share * count));
    long seed = Seeds.mix(taskSeed(training, name), Seeds.of("hold out"));
    JavaPairRDD<Example, Long> numbered = data.zipWithIndex();
    return new Split(
        numbered.mapPartitions(rows -> select(rows, Batcher.permutation(count, seed), held, count)),
        count - held,
        numbered.mapPartitions(rows -> select(rows, Batcher.permutation(count, seed), 0, held)),
        held);
  }

  /** Training and validation examples and how many there are. */
  record Split(
      JavaRDD<Example> train, long trainCount, JavaRDD<Example> validation, long validationCount) {}

  private static Iterator<Example> select(
      Iterator<Tuple2<Example, Long>> rows, int[] permutation, int from, int to) {
    List<Example> selected = new ArrayList<>();
    rows.forEachRemaining(
        row -> {
          int position = permutation[Math.toIntExact(row._2())];
          if (position >= from && position < to) {
            selected.add(row._1());
          }
        });
    return selected.iterator();
  }

  /**
   * The shards of one data set.
   *
   * @param task the task's number
   * @param name the task's name
   * @param examples how many {@code data} has
   * @param totalSteps of the whole training
   */
  JavaRDD<TaskShard> shards(
      int task,
      String name,
      List<String> classes,
      JavaRDD<Example> data,
      long examples,
      int totalSteps) {
    int shards = shards(examples);
    int stepsPerEpoch = stepsPerEpoch(examples);
    int count = Math.toIntExact(examples);
    long seed = taskSeed(training, name);
    ModelReference reference = model;
    int maxLength = training.maxLength();
    JavaPairRDD<Integer, Placed> placed =
        data.zipWithIndex()
            .mapPartitionsToPair(
                rows ->
                    place(
                        rows,
                        Batcher.permutation(count, Seeds.mix(seed, Seeds.of("shards"))),
                        shards));
    return placed
        .partitionBy(new HashPartitioner(shards))
        .mapPartitionsWithIndex(
            (index, rows) -> {
              List<Placed> mine = new ArrayList<>();
              rows.forEachRemaining(row -> mine.add(row._2()));
              mine.sort(Comparator.comparingInt(Placed::position));
              Tokenized tokenized = tokenize(reference, maxLength, name, classes, mine);
              Shard shard = new Shard(seed, index, stepsPerEpoch, totalSteps, tokenized.samples());
              return List.of(new TaskShard(task, shard, tokenized.truncated())).iterator();
            },
            true);
  }

  /** The numbers of classes. */
  static Map<String, Integer> numbers(List<String> classes) {
    Map<String, Integer> numbers = new HashMap<>();
    classes.forEach(name -> numbers.put(name, numbers.size()));
    return numbers;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  static JavaRDD<TaskShard>[] newArray() {
    return new JavaRDD[0];
  }

  private record Placed(int position, Example example) implements Serializable {}

  private record Tokenized(List<Sample> samples, int truncated) {}

  private static Iterator<Tuple2<Integer, Placed>> place(
      Iterator<Tuple2<Example, Long>> rows, int[] permutation, int shards) {
    List<Tuple2<Integer, Placed>> placed = new ArrayList<>();
    rows.forEachRemaining(
        row -> {
          int position = permutation[Math.toIntExact(row._2())];
          placed.add(new Tuple2<>(position % shards, new Placed(position, row._1())));
        });
    return placed.iterator();
  }

  private static Tokenized tokenize(
      ModelReference model, int maxLength, String task, List<String> classes, List<Placed> rows) {
    Map<String, Integer> numbers = numbers(classes);
    Tokenizer tokenizer = BaseModelCache.get(model).tokenizer(maxLength);
    List<Sample> samples = new ArrayList<>(rows.size());
    int truncated = 0;
    for (Placed row : rows) {
      Example example = row.example();
      Integer number = numbers.get(example.label());
      if (number == null) {
        throw new IllegalArgumentException(
            "task '"
                + task
                + "' has an example labelled '"
                + example.label()
                + "', which is none of its classes "
                + classes
                + "; add the class or remove the example");
      }
      Tokenizer.Tokens tokens = tokenizer.encode(example.text(), example.pair(), number);
      samples.add(tokens.sample());
      truncated += tokens.truncated() ? 1 : 0;
    }
    return new Tokenized(samples, truncated);
  }
}
