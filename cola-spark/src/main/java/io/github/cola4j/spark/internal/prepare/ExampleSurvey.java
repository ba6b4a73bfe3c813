package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.data.Encoded;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.concurrent.Phases.Question;
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
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;

/**
 * What must be known of a task's examples before they become shards, found in one pass: how many
 * there are in each partition, which of them there is nothing to learn from, and their labels.
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
   *     for, or if a partition has more than were asked for [usable]
   * @param dropped how many others there are, by the reason why, such as dialogues whose prompt
   *     alone fills the length
   */
  record Result<E extends Serializable>(
      long given, CountedExamples<E> usable, int[] labels, Map<String, Long> dropped) {}

  /**
   * Looks at a data set of a task. Where examples may be dropped they are tokenised here and once
   * more for their shard. On the executor it fails if a label that is asked for is no class.
   *
   * @param labels of how many examples a partition they are asked for at most
   * @param found gets what was found
   */
  <E extends Serializable> Question of(
      String name,
      Objective<E> objective,
      JavaRDD<E> examples,
      int labels,
      Consumer<Result<E>> found) {
    ModelReference reference = model;
    int length = maxLength;
    int told = objective.classes().isEmpty() ? 0 : labels;
    return Question.of(
        Partitions.map(
            examples,
            (p, rows) -> List.of(count(rows, name, objective, reference, length, told)).iterator()),
        0,
        partitions -> found.accept(result(name, objective, examples, labels, partitions)));
  }

  private <E extends Serializable> Result<E> result(
      String name,
      Objective<E> objective,
      JavaRDD<E> examples,
      int labels,
      List<Partition> partitions) {
    ModelReference reference = model;
    int length = maxLength;
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
        labels == 0
            ? null
            : objective.classes().isEmpty() ? new int[counted.count()] : labels(partitions),
        dropped);
  }

  private static int[] labels(List<Partition> partitions) {
    return partitions.stream().anyMatch(p -> p.labels() == null)
        ? null
        : partitions.stream().flatMapToInt(p -> Arrays.stream(p.labels())).toArray();
  }

  /**
   * The classes of usable examples.
   *
   * @param found gets them [usable]
   */
  <E extends Serializable> Question labels(
      String name, Objective<E> objective, CountedExamples<E> usable, Consumer<int[]> found) {
    return Question.of(
        Partitions.map(
            usable.examples(),
            (p, rows) -> {
              IntStream.Builder labels = IntStream.builder();
              rows.forEachRemaining(row -> labels.add(named(name, () -> objective.label(row))));
              return List.of(labels.build().toArray()).iterator();
            }),
        usable.count(),
        partitions -> found.accept(partitions.stream().flatMapToInt(Arrays::stream).toArray()));
  }

  /**
   * Looks at the parts of usable examples, as the objective makes them; it must {@link
   * Objective#divides make} some.
   *
   * @param found gets the parts that there is something to learn from
   */
  <E extends Serializable> Question parts(
      String name, Objective<E> objective, CountedExamples<E> usable, Consumer<Result<E>> found) {
    ModelReference reference = model;
    int length = maxLength;
    return of(
        name,
        objective,
        usable.examples().flatMap(e -> divided(name, objective, reference, length, e).iterator()),
        0,
        found);
  }

  private static <E extends Serializable> List<E> divided(
      String task, Objective<E> objective, ModelReference reference, int maxLength, E example) {
    FrozenModel base = BaseModelCache.frozen(reference);
    return named(task, () -> objective.parts(base, maxLength, example));
  }

  /**
   * A partition of a data set.
   *
   * @param labels null if there are more than were asked for
   */
  private record Partition(long given, int usable, int[] labels, TreeMap<String, Long> dropped)
      implements Serializable {}

  private static <E extends Serializable> Partition count(
      Iterator<E> rows,
      String name,
      Objective<E> objective,
      ModelReference reference,
      int maxLength,
      int most) {
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
      if (usable <= most) {
        labels.add(named(name, () -> objective.label(row)));
      }
    }
    int[] told = usable <= most ? labels.build().toArray() : null;
    return new Partition(given, usable, told, dropped);
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
