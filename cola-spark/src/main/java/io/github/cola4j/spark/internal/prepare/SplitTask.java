package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.concurrent.Phases.Question;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.training.TaskData;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;

/**
 * A task's examples, those for training and those for validation. What is asked of them has to be
 * answered, in the order of the methods, before there are shards.
 */
final class SplitTask<E extends Serializable> {
  private static final double HELD_OUT = 0.1;

  private final TaskData<E> task;
  private final Double skew; // of labels among shards; null deals examples out evenly
  private final ExampleSurvey survey;
  private final TaskSharder sharder;
  private final Map<String, Long> dropped = new TreeMap<>();
  private CountedExamples<E> train;
  private CountedExamples<E> validation; // null until it is known
  private boolean lacksLabels; // those for training have to be asked for apart
  private Strata strata; // which shard gets which of those for training; null for evenly

  SplitTask(TaskData<E> task, Double skew, ExampleSurvey survey, TaskSharder sharder) {
    this.task = task;
    this.skew = skew;
    this.survey = survey;
    this.sharder = sharder;
  }

  /** How many of a task's training examples are held out if it has no others to validate. */
  static int heldOut(long examples) {
    return HeldOut.of(Math.toIntExact(examples), HELD_OUT);
  }

  TaskData<E> task() {
    return task;
  }

  /** How many partitions the examples have whose labels are needed. */
  long labelledPartitions() {
    return needsLabels() ? task.train().getNumPartitions() : 0;
  }

  private boolean needsLabels() {
    return skew != null || task.validation() == null;
  }

  /** Refuses labels that shards cannot differ by. */
  void requireSkewFits() {
    if (skew != null && task.objective().counted() != ProblemType.SINGLE_LABEL) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': spark.skew deals examples out by their class, and these do not have one class"
              + " each; remove the key");
    }
  }

  /**
   * Looks for examples that there is something to learn from.
   *
   * @param labels of how many examples a partition they are asked for at most, if any are needed
   */
  List<Question> survey(int labels) {
    List<Question> questions = new ArrayList<>();
    questions.add(
        usable(
            "training",
            task.train(),
            needsLabels() ? labels : 0,
            found -> {
              train = found.usable();
              lacksLabels = needsLabels() && found.labels() == null;
              if (task.validation() == null && train.count() < 2) {
                throw new IllegalArgumentException(
                    "task '" + task.name() + "' has one example; validation needs another");
              }
              if (found.labels() != null) {
                divide(found.labels());
              }
            }));
    if (task.validation() != null) {
      questions.add(
          usable("validation", task.validation(), 0, found -> validation = found.usable()));
    }
    return questions;
  }

  private Question usable(
      String what, JavaRDD<E> examples, int labels, Consumer<ExampleSurvey.Result<E>> usable) {
    return survey.of(
        task.name(),
        task.objective(),
        examples,
        labels,
        found -> {
          requireExamples(task.name(), what, found.given());
          if (found.usable().count() == 0) {
            throw new IllegalArgumentException(
                String.format(
                    "task '%s': there is nothing to learn from any of its %d examples: %s; look at"
                        + " answers, training.maxLength and prompt.template",
                    task.name(), found.given(), found.dropped()));
          }
          found.dropped().forEach((reason, more) -> ExampleSurvey.add(dropped, reason, more));
          usable.accept(found);
        });
  }

  static void requireExamples(String task, String what, long count) {
    if (count == 0) {
      throw new IllegalArgumentException(
          "task '" + task + "' has no " + what + " examples; check its files and columns");
    }
  }

  /** Asks for labels that were too many to be told with the rest. */
  List<Question> labels() {
    return lacksLabels
        ? List.of(survey.labels(task.name(), task.objective(), train, this::divide))
        : List.of();
  }

  /** Holds examples out, if there are no others to validate, and deals the others to shards. */
  private void divide(int[] labels) {
    int[] trained = labels;
    if (task.validation() == null) {
      TaskSharder.Split<E> split =
          sharder.holdOut(task.name(), task.objective(), train, labels, HELD_OUT);
      train = split.train();
      trained = split.trainLabels();
      validation = split.validation();
    }
    if (skew != null) {
      strata = sharder.skewed(task.name(), task.objective(), trained, skew);
    }
  }

  /** Looks at parts of examples, after the division, so that those of an example stay together. */
  List<Question> parts() {
    return task.objective().divides()
        ? List.of(
            parts(train, usable -> train = usable),
            parts(validation, usable -> validation = usable))
        : List.of();
  }

  private Question parts(CountedExamples<E> examples, Consumer<CountedExamples<E>> usable) {
    return survey.parts(
        task.name(),
        task.objective(),
        examples,
        found -> {
          found.dropped().forEach((reason, more) -> ExampleSurvey.add(dropped, reason, more));
          usable.accept(found.usable());
        });
  }

  /** How many examples, or parts of them, it is trained on. */
  long examples() {
    return train.count();
  }

  /** The steps of an epoch. */
  int epoch() {
    return sharder.stepsPerEpoch(train.count());
  }

  /** How many examples there is nothing to learn from, by the reason why. */
  Map<String, Long> dropped() {
    return dropped;
  }

  JavaRDD<TaskShard> training(int index, int totalSteps) {
    return sharder.shards(index, task.name(), task.objective(), train, totalSteps, strata);
  }

  JavaRDD<TaskShard> validating(int index) {
    return sharder.shards(index, task.name(), task.objective(), validation, 1, null);
  }
}
