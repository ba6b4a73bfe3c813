package io.github.cola4j.spark.job;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.TaskData;
import io.github.cola4j.spark.data.BadRow;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.InOrder;
import io.github.cola4j.spark.data.MultipleChoiceReader;
import io.github.cola4j.spark.data.NoSuchDataException;
import io.github.cola4j.spark.data.Quarantine;
import io.github.cola4j.train.LanguageModeling;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/**
 * A job's data sets on the executors, with their bad rows set apart; close it to let go of them.
 */
final class JobData implements AutoCloseable {
  /** Data sets by what messages call their rows, and the keys of a task that name their files. */
  private static final Map<String, String> KEYS =
      Map.of(
          "training", "train",
          "validation", "validation",
          "test", "test",
          "multiple-choice", "choices.files");

  private final List<ExampleRows<?>> open = new ArrayList<>();
  private final List<TaskData<?>> tasks = new ArrayList<>();
  private final List<TaskData<?>> tests = new ArrayList<>();
  private final List<JavaRDD<MultipleChoice>> questions = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private final Map<String, Map<String, Long>> badByTask = new HashMap<>();
  private final Map<String, Long> duplicates = new HashMap<>();
  private final SparkSession session;
  private final Job job;
  private final boolean isLanguageModel;

  private JobData(SparkSession session, Job job, boolean isLanguageModel) {
    this.session = session;
    this.job = job;
    this.isLanguageModel = isLanguageModel;
  }

  /**
   * Reads all data sets.
   *
   * @param isLanguageModel whether the model is a decoder, whose tasks are dialogues
   * @throws IllegalArgumentException if a file or column is missing, too many rows are bad, a data
   *     set is empty, or a label does not occur in training
   */
  static JobData read(SparkSession session, Job job, boolean isLanguageModel) {
    JobData data = new JobData(session, job, isLanguageModel);
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
    if (isLanguageModel) {
      addDialogues(task);
    } else {
      addTexts(task);
    }
  }

  private void addDialogues(TaskSpec task) {
    LanguageModeling objective = new LanguageModeling(job.prompt());
    JavaRDD<Dialogue> train = training(task, dialogues(task, "training", task.train()));
    JavaRDD<Dialogue> validation =
        task.validation().isEmpty() ? null : dialogues(task, "validation", task.validation());
    tasks.add(new TaskData<>(task.name(), objective, train, validation));
    tests.add(
        task.test().isEmpty()
            ? null
            : new TaskData<>(task.name(), objective, dialogues(task, "test", task.test()), null));
    questions.add(
        task.choices() == null
            ? null
            : rows(
                task,
                "multiple-choice",
                task.choices().files(),
                () ->
                    MultipleChoiceReader.read(
                        session, task.name(), task.choices().files(), job.data().encoding())));
  }

  private JavaRDD<Dialogue> dialogues(TaskSpec task, String what, List<String> paths) {
    DialogueSpec how = task.dialogue();
    return rows(
        task,
        what,
        paths,
        () ->
            DialogueReader.read(
                session, task.name(), paths, how.format(), how.columns(), job.data().encoding()));
  }

  private void addTexts(TaskSpec task) {
    questions.add(null);
    JavaRDD<Example> train = training(task, texts(task, "training", task.train()));
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
        task.validation().isEmpty() ? null : texts(task, "validation", task.validation());
    if (validation != null) {
      requireKnown(task, "validation", classes, counts(validation));
    }
    tasks.add(TaskData.classification(task.name(), classes, train, validation));
    if (task.test().isEmpty()) {
      tests.add(null);
    } else {
      JavaRDD<Example> test = texts(task, "test", task.test());
      requireKnown(task, "test", classes, counts(test));
      tests.add(TaskData.classification(task.name(), classes, test, null));
    }
  }

  private JavaRDD<Example> texts(TaskSpec task, String what, List<String> paths) {
    return rows(
        task,
        what,
        paths,
        () -> ExampleReader.read(session, task.name(), paths, task.columns(), true));
  }

  /** What of the examples is trained on: duplicates are counted, or dropped. */
  private <T extends Serializable> JavaRDD<T> training(TaskSpec task, JavaRDD<T> examples) {
    long more = Duplicates.count(examples);
    duplicates.put(task.name(), more);
    boolean drop = more > 0 && job.data().duplicates().equals(DataConfig.DROP);
    return limited(task, drop ? Duplicates.dropped(examples) : examples);
  }

  /** At most data.maxExamples examples, chosen by the seed and the task's name. */
  private <T extends Serializable> JavaRDD<T> limited(TaskSpec task, JavaRDD<T> examples) {
    int limit = job.data().maxExamples();
    return limit == 0 ? examples : sample(examples, limit, job.training().seed(), task.name());
  }

  /** Some examples, in their order. */
  static <T extends Serializable> JavaRDD<T> sample(
      JavaRDD<T> examples, int limit, long seed, String name) {
    int count = Math.toIntExact(examples.count());
    long choice = Seeds.mix(seed, Seeds.of(name), Seeds.of("sample"));
    return examples
        .zipWithIndex()
        .mapPartitions(
            rows -> {
              int[] places = Batcher.permutation(count, choice);
              List<T> chosen = new ArrayList<>();
              rows.forEachRemaining(
                  row -> {
                    if (places[Math.toIntExact(row._2())] < limit) {
                      chosen.add(row._1());
                    }
                  });
              return chosen.iterator();
            });
  }

  private <T extends Serializable> JavaRDD<T> rows(
      TaskSpec task, String what, List<String> paths, Supplier<ExampleRows<T>> read) {
    ExampleRows<T> rows;
    try {
      rows = read.get();
    } catch (NoSuchDataException e) {
      String key = "tasks." + job.tasks().indexOf(task) + "." + KEYS.get(what);
      throw new IllegalArgumentException(
          e.getMessage() + "; set " + key + " in the job file or by --set " + key + "=PATH", e);
    }
    open.add(rows);
    notices.addAll(rows.notices());
    if (rows.badCount() > 0) {
      Quarantine.check(
          task.name(), rows.badByKind(), job.data().maxBadRows(), rows.firstBad(1).get(0));
      Map<String, Long> kinds = badByTask.computeIfAbsent(task.name(), name -> new TreeMap<>());
      rows.badByKind().forEach((kind, more) -> kinds.merge(kind, more, Long::sum));
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

  /** Multiple-choice questions or null, in the order of the tasks. */
  List<JavaRDD<MultipleChoice>> questions() {
    return questions;
  }

  /** What a user should know of the files. */
  List<String> notices() {
    return notices;
  }

  /** Writes the quarantine, if there are bad rows; the driver holds some thousand at a time. */
  void writeBadRows(Path file) throws IOException {
    List<ExampleRows<?>> bad = open.stream().filter(rows -> rows.badCount() > 0).toList();
    if (!bad.isEmpty()) {
      JavaRDD<BadRow> rows =
          bad.stream().map(ExampleRows::bad).reduce(JavaRDD::union).orElseThrow();
      long count = bad.stream().mapToLong(ExampleRows::badCount).sum();
      Quarantine.write(file, InOrder.toLocalIterator(rows, count));
    }
  }

  /** A task's rows in the quarantine by their kind. */
  Map<String, Long> badRowsOf(String task) {
    return badByTask.getOrDefault(task, Map.of());
  }

  /** How many training examples of a task equal an earlier one. */
  long duplicatesOf(String task) {
    return duplicates.get(task);
  }

  @Override
  public void close() {
    open.forEach(ExampleRows::close);
  }
}
