package io.github.cola4j.spark.job;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.spark.concurrent.ConcurrentJobs;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.InOrder;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.training.TaskData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * A job's data sets on the executors, with their bad rows set apart; close it to let go of them.
 */
final class JobData implements AutoCloseable {
  private final JavaSparkContext spark;
  private final Map<String, TaskFiles> files = new LinkedHashMap<>();
  private final List<TaskData<?>> tasks = new ArrayList<>();
  private final List<TaskData<?>> tests = new ArrayList<>();
  private final List<JavaRDD<MultipleChoice>> questions = new ArrayList<>();

  private JobData(SparkSession session, List<TaskSpec> specs, List<TaskFiles> read) {
    this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    for (int t = 0; t < read.size(); t++) {
      TaskFiles task = read.get(t);
      files.put(specs.get(t).name(), task);
      tasks.add(task.data());
      tests.add(task.test());
      questions.add(task.questions());
    }
  }

  /**
   * Reads all data sets, those of several tasks at a time.
   *
   * @param purpose what the model is trained for: the tasks are labelled texts or dialogues
   * @param controls the special tokens of a language model
   * @throws IllegalArgumentException as {@link TaskFiles#read}, for the first task of which it does
   */
  static JobData read(SparkSession session, Job job, Purpose purpose, List<String> controls) {
    List<TaskFiles> files =
        job.tasks().stream().map(task -> new TaskFiles(session, job, task, controls)).toList();
    try {
      return new JobData(
          session,
          job.tasks(),
          ConcurrentJobs.map(
              files,
              task -> {
                task.read(purpose);
                return task;
              }));
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      files.forEach(TaskFiles::close);
      throw e;
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

  /** Multiple-choice questions or null, in the order of the tasks. */
  List<JavaRDD<MultipleChoice>> questions() {
    return questions;
  }

  /** What a user should know of the files. */
  List<String> notices() {
    return files.values().stream().flatMap(task -> task.notices().stream()).toList();
  }

  /** How many examples there are, or will be held out, to validate each task. */
  Map<String, Long> validationExamples() {
    Map<String, Long> examples = new TreeMap<>();
    files.forEach((task, its) -> examples.put(task, its.validationExamples()));
    return examples;
  }

  /** Writes the quarantine, if there are bad rows; the driver holds some thousand at a time. */
  void writeBadRows(Path file) throws IOException {
    List<ExampleRows<?>> bad = dataSets().filter(rows -> rows.badCount() > 0).toList();
    if (!bad.isEmpty()) {
      // one union, since thousands of nested ones overflow the stack
      JavaRDD<BadRow> rows =
          spark.union(bad.stream().map(ExampleRows::bad).toArray(JobData::newArray));
      long count = bad.stream().mapToLong(ExampleRows::badCount).sum();
      Quarantine.write(file, InOrder.toLocalIterator(rows, count));
    }
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static JavaRDD<BadRow>[] newArray(int length) {
    return new JavaRDD[length];
  }

  private Stream<ExampleRows<?>> dataSets() {
    return files.values().stream().flatMap(task -> task.all().stream());
  }

  /** A task's rows in the quarantine by their kind. */
  Map<String, Long> badRowsOf(String task) {
    return files.get(task).badRows();
  }

  /** What is known of the tasks' data, with what only the files say. */
  List<TaskSummary> summaries(List<TaskSummary> prepared) {
    return prepared.stream().map(this::summary).toList();
  }

  /** What is known of one task's data. */
  TaskSummary summary(TaskSummary prepared) {
    return files.get(prepared.task()).summary(prepared);
  }

  /** How many training examples of a task equal an earlier one. */
  long duplicatesOf(String task) {
    return files.get(task).duplicates();
  }

  @Override
  public void close() {
    files.values().forEach(TaskFiles::close);
  }
}
