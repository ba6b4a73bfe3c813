package io.github.cola4j.spark.job;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TaskData;
import io.github.cola4j.spark.data.BadRow;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.Quarantine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/**
 * A job's data sets on the executors, with their bad rows set apart; close it to let go of them.
 */
final class JobData implements AutoCloseable {
  private final List<ExampleRows<Example>> open = new ArrayList<>();
  private final List<TaskData<?>> tasks = new ArrayList<>();
  private final List<TaskData<?>> tests = new ArrayList<>();
  private final List<BadRow> badRows = new ArrayList<>();
  private final Map<String, Long> badByTask = new HashMap<>();
  private final SparkSession session;
  private final Job job;

  private JobData(SparkSession session, Job job) {
    this.session = session;
    this.job = job;
  }

  /**
   * Reads all data sets.
   *
   * @throws IllegalArgumentException if a file or column is missing, too many rows are bad, a data
   *     set is empty, or a label does not occur in training
   */
  static JobData read(SparkSession session, Job job) {
    JobData data = new JobData(session, job);
    try {
      for (TaskSpec task : job.tasks()) {
        data.add(task);
      }
      return data;
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      data.close();
      throw e;
    }
  }

  private void add(TaskSpec task) {
    JavaRDD<Example> train = rows(task, "training", task.train());
    Map<String, Long> labels = counts(train);
    List<String> classes =
        task.classes().isEmpty() ? new ArrayList<>(labels.keySet()) : task.classes();
    if (classes.size() < 2) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': the training examples have the one label "
              + classes
              + "; a classifier needs at least two (tasks[].columns.label is '"
              + task.columns().label()
              + "')");
    }
    requireKnown(task, "training", classes, labels);
    JavaRDD<Example> validation =
        task.validation().isEmpty() ? null : rows(task, "validation", task.validation());
    if (validation != null) {
      requireKnown(task, "validation", classes, counts(validation));
    }
    tasks.add(TaskData.classification(task.name(), classes, train, validation));
    if (task.test().isEmpty()) {
      tests.add(null);
    } else {
      JavaRDD<Example> test = rows(task, "test", task.test());
      requireKnown(task, "test", classes, counts(test));
      tests.add(TaskData.classification(task.name(), classes, test, null));
    }
  }

  private JavaRDD<Example> rows(TaskSpec task, String what, List<String> paths) {
    ExampleRows<Example> rows =
        ExampleReader.read(session, task.name(), paths, task.columns(), true);
    open.add(rows);
    if (rows.badCount() > 0) {
      Quarantine.check(
          task.name(), rows.badCount(), job.data().maxBadRows(), rows.firstBad(1).get(0));
      badRows.addAll(rows.firstBad(Math.toIntExact(rows.badCount())));
      badByTask.merge(task.name(), rows.badCount(), Long::sum);
    }
    if (rows.exampleCount() == 0) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "' has no "
              + what
              + " examples in "
              + paths
              + (rows.badCount() > 0
                  ? "; the first of " + rows.badCount() + " bad rows: " + rows.firstBad(1).get(0)
                  : ""));
    }
    return rows.examples();
  }

  private static Map<String, Long> counts(JavaRDD<Example> examples) {
    return new TreeMap<>(examples.map(Example::label).countByValue());
  }

  private static void requireKnown(
      TaskSpec task, String what, List<String> classes, Map<String, Long> labels) {
    Map<String, Long> unknown = new TreeMap<>(labels);
    unknown.keySet().removeAll(classes);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': labels of the "
              + what
              + " examples that "
              + (task.classes().isEmpty() ? "no training example has" : "'classes' does not name")
              + ", with their numbers: "
              + unknown
              + "; add training examples of them, or remove these rows. The classes are "
              + classes);
    }
  }

  /** Training and validation data. */
  List<TaskData<?>> tasks() {
    return tasks;
  }

  /** Test data as training data of a task, or null, in the order of the tasks. */
  List<TaskData<?>> tests() {
    return tests;
  }

  /** The quarantine. */
  List<BadRow> badRows() {
    return badRows;
  }

  /** The number of a task's rows in the quarantine. */
  long badRowsOf(String task) {
    return badByTask.getOrDefault(task, 0L);
  }

  @Override
  public void close() {
    open.forEach(ExampleRows::close);
  }
}
