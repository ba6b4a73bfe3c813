package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.spark.concurrent.Phases.Question;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.training.TaskData;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/**
 * Examples of a task that are evaluated alone. What is asked of them has to be answered, in the
 * order of the methods, before there are shards.
 */
final class TestSet<E extends Serializable> {
  private final int index;
  private final TaskData<E> task;
  private final ExampleSurvey survey;
  private CountedExamples<E> examples;

  /**
   * Of a task.
   *
   * @param index the task's number
   * @param task with the examples in the place of those for training
   */
  TestSet(int index, TaskData<E> task, ExampleSurvey survey) {
    this.index = index;
    this.task = task;
    this.survey = survey;
  }

  /** Looks for examples that can be evaluated. */
  List<Question> survey() {
    return List.of(
        survey.of(
            task.name(),
            task.objective(),
            task.train(),
            0,
            found -> {
              SplitTask.requireExamples(task.name(), "test", found.usable().count());
              examples = found.usable();
            }));
  }

  /** Looks at parts of examples. */
  List<Question> parts() {
    return task.objective().divides()
        ? List.of(
            survey.parts(
                task.name(), task.objective(), examples, found -> examples = found.usable()))
        : List.of();
  }

  JavaRDD<TaskShard> shards(TaskSharder sharder) {
    return sharder.shards(index, task.name(), task.objective(), examples, 1, null);
  }
}
