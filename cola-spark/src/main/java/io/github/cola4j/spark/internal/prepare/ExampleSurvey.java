package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Encoded;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;

/**
 * What must be known of a task's examples before they become shards, found in one Spark job: how
 * many there are in each partition, which of them there is nothing to learn from, and their labels.
 */
final class ExampleSurvey {
  private static final int MOST_REASONS = 20;
  private static final String OTHER_REASONS = "other reasons";

  private final ModelReference model;
  private final int maxLength;

  ExampleSurvey(ModelReference model, TrainingConfig training) {
    this.model = model;
    this.maxLength = training.maxLength();
  }

  /**
   * What was found.
   *
   * @param given how many examples there are
   * @param usable those that there is something to learn from, in their order
   * @param labels the classes of the usable ones, all 0 where the task has none; null if not asked
   *     for [usable]
   * @param dropped how many others there are, by the reason why, such as dialogues whose prompt
   *     alone fills the length
   */
  record Result<E extends Serializable>(
      long given, CountedExamples<E> usable, int[] labels, Map<String, Long> dropped) {}

  /**
   * Looks at a data set of a task. Where examples may be dropped they are tokenised here and once
   * more for their shard.
   *
   * @param labelled whether labels are asked for
   * @throws IllegalArgumentException on the executor, if a label that was asked for is no class
   */
  <E extends Serializable> Result<E> of(
      String name, Objective<E> objective, JavaRDD<E> examples, boolean labelled) {
    ModelReference reference = model;
    int length = maxLength;
    boolean labels = labelled && !objective.classes().isEmpty();
    List<Partition> partitions =
        ConcurrentJobs.collect(
            examples.mapPartitions(
                rows ->
                    List.of(count(rows, name, objective, reference, length, labels)).iterator()));
    Map<String, Long> dropped = new TreeMap<>();
    partitions.forEach(p -> p.dropped().forEach((reason, more) -> add(dropped, reason, more)));
    JavaRDD<E> usable =
        objective.drops()
            ? examples.filter(
                example ->
                    encode(BaseModelCache.frozen(reference), length, name, objective, example)
                            .sample()
                        != null)
            : examples;
    CountedExamples<E> counted =
        new CountedExamples<>(usable, partitions.stream().mapToInt(Partition::usable).toArray());
    return new Result<>(
        partitions.stream().mapToLong(Partition::given).sum(),
        counted,
        labels
            ? partitions.stream().flatMapToInt(p -> Arrays.stream(p.labels())).toArray()
            : labelled ? new int[counted.count()] : null,
        dropped);
  }

  /**
   * The parts of usable examples, as the objective makes them, that there is something to learn
   * from; the examples themselves where it makes none.
   *
   * @param dropped gets the parts that there is nothing to learn from
   */
  <E extends Serializable> CountedExamples<E> parts(
      String name, Objective<E> objective, CountedExamples<E> usable, Map<String, Long> dropped) {
    if (!objective.divides()) {
      return usable;
    }
    ModelReference reference = model;
    int length = maxLength;
    Result<E> parts =
        of(
            name,
            objective,
            usable
                .examples()
                .flatMap(e -> divided(name, objective, reference, length, e).iterator()),
            false);
    parts.dropped().forEach((reason, more) -> add(dropped, reason, more));
    return parts.usable();
  }

  private static <E extends Serializable> List<E> divided(
      String task, Objective<E> objective, ModelReference reference, int maxLength, E example) {
    FrozenModel base = BaseModelCache.frozen(reference);
    return named(task, () -> objective.parts(base, maxLength, example));
  }

  private record Partition(long given, int usable, int[] labels, TreeMap<String, Long> dropped)
      implements Serializable {}

  private static <E extends Serializable> Partition count(
      Iterator<E> rows,
      String name,
      Objective<E> objective,
      ModelReference reference,
      int maxLength,
      boolean labelled) {
    FrozenModel base = objective.drops() ? BaseModelCache.frozen(reference) : null;
    IntStream.Builder labels = IntStream.builder();
    TreeMap<String, Long> dropped = new TreeMap<>();
    long given = 0;
    int usable = 0;
    while (rows.hasNext()) {
      E row = rows.next();
      given++;
      String reason = base == null ? null : encode(base, maxLength, name, objective, row).dropped();
      if (reason != null) {
        add(dropped, reason, 1);
        continue;
      }
      usable++;
      if (labelled) {
        labels.add(named(name, () -> objective.label(row)));
      }
    }
    return new Partition(given, usable, labels.build().toArray(), dropped);
  }

  /** Reasons may have words of their examples, so that only the first ones are kept. */
  static void add(Map<String, Long> dropped, String reason, long more) {
    boolean kept = dropped.containsKey(reason) || dropped.size() < MOST_REASONS;
    dropped.merge(kept ? reason : OTHER_REASONS, more, Long::sum);
  }

  /** The first of an example's parts that there is something to learn from, or none. */
  static <E> Encoded encode(
      FrozenModel base, int maxLength, String task, Objective<E> objective, E example) {
    return named(
        task,
        () -> {
          Encoded encoded = null;
          for (E part : objective.parts(base, maxLength, example)) {
            if (encoded == null || encoded.sample() == null) {
              encoded = objective.encode(base, maxLength, part);
            }
          }
          return encoded;
        });
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
