package io.github.cola4j.spark.job;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.model.Architecture.Purpose;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.MultipleChoiceReader;
import io.github.cola4j.spark.data.RandomSample;
import io.github.cola4j.spark.data.file.NoSuchDataException;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.data.row.Duplicates;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.data.summary.DataSetSummary;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.job.spec.DataConfig;
import io.github.cola4j.spark.job.spec.DialogueSpec;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.Classification;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/** The data sets of one task of a job; close it to let go of them, also where reading failed. */
public final class TaskFiles implements AutoCloseable {
  /** Data sets by what messages call their rows, and the keys of a task that name their files. */
  private static final Map<String, String> KEYS =
      Map.of(
          "training", "train",
          "validation", "validation",
          "test", "test",
          "multiple-choice", "choices.files");

  private final SparkSession session;
  private final Job job;
  private final TaskSpec task;
  private final List<String> controls;
  private final List<ExampleRows<?>> open = new ArrayList<>();
  private final Map<String, Long> badByKind = new TreeMap<>();
  private long duplicates;
  private long validationExamples;
  private String alikeLabels; // a notice, or null
  private TaskData<?> data;
  private TaskData<?> test; // or null
  private DataSetSummary tested; // or null
  private JavaRDD<MultipleChoice> questions; // or null

  /**
   * Of a task.
   *
   * @param controls the special tokens of a language model
   */
  TaskFiles(SparkSession session, Job job, TaskSpec task, List<String> controls) {
    this.controls = controls;
    this.session = session;
    this.job = job;
    this.task = task;
  }

  /**
   * Reads all data sets of the task.
   *
   * @param purpose what the model is trained for: the task is labelled texts or dialogues
   * @throws IllegalArgumentException if a file or column is missing, too many rows are bad, a data
   *     set is empty, or a label does not occur in training
   */
  void read(Purpose purpose) {
    switch (purpose) {
      case CLASSIFICATION -> readTexts();
      case DIALOGUE -> readDialogues();
    }
  }

  private void readDialogues() {
    DialogueSpec how = task.dialogue();
    read(LanguageRows.of(how.format(), how.columns(), job.prompt(), task.preference(), controls));
    if (task.choices() != null) {
      List<String> files = task.choices().files();
      questions =
          rows(
                  "multiple-choice",
                  files,
                  () ->
                      MultipleChoiceReader.read(
                          session, task.name(), files, job.data().encoding(), job.data().csv()))
              .examples();
    }
  }

  private <E extends Serializable> void read(LanguageRows<E> how) {
    JavaRDD<E> train = trained(language("training", task.train(), how));
    JavaRDD<E> validation =
        task.validation().isEmpty()
            ? null
            : language("validation", task.validation(), how).examples();
    data = new TaskData<>(task.name(), how.objective(), train, validation);
    if (!task.test().isEmpty()) {
      ExampleRows<E> rows = language("test", task.test(), how);
      test = new TaskData<>(task.name(), how.objective(), rows.examples(), null);
      tested = DataSetSummary.of(rows.exampleCount(), Map.of());
    }
  }

  private <E extends Serializable> ExampleRows<E> language(
      String what, List<String> paths, LanguageRows<E> how) {
    return rows(
        what,
        paths,
        () ->
            DialogueReader.read(
                session, task.name(), paths, how, job.data().encoding(), job.data().csv()));
  }

  private void readTexts() {
    ExampleRows<Example> all = texts("training", task.train());
    JavaRDD<Example> train = trained(all);
    ProblemType problem = task.problemType();
    if (problem == ProblemType.REGRESSION) {
      readTests(train, Classification.NUMBER);
      return;
    }
    Map<String, Long> labels = isAllTrained() ? all.labels() : counts(train);
    List<String> classes =
        task.classes().isEmpty() ? new ArrayList<>(labels.keySet()) : task.classes();
    if (problem == ProblemType.MULTI_LABEL && classes.isEmpty()) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': no training example has a label (tasks[].columns.label is '"
              + task.columns().label()
              + "'); give 'classes', or data with labels"
              + all.badTold());
    }
    if (problem == ProblemType.SINGLE_LABEL && classes.size() < 2) {
      throw new IllegalArgumentException(
          "task '"
              + task.name()
              + "': the training examples have the one label "
              + classes
              + "; a classifier needs at least two (tasks[].columns.label is '"
              + task.columns().label()
              + "')"
              + all.badTold());
    }
    requireKnown("training", classes, labels, all);
    alikeLabels = AlikeLabels.notice(task.name(), labels);
    readTests(weighted(train, classes, labels), classes);
  }

  private void readTests(JavaRDD<Example> train, List<String> classes) {
    JavaRDD<Example> validation =
        task.validation().isEmpty()
            ? null
            : labelled("validation", task.validation(), classes).examples();
    data = classification(classes, train, validation);
    if (!task.test().isEmpty()) {
      ExampleRows<Example> rows = labelled("test", task.test(), classes);
      test = classification(classes, rows.examples(), null);
      tested = DataSetSummary.of(rows.exampleCount(), rows.labels());
    }
  }

  private TaskData<Example> classification(
      List<String> classes, JavaRDD<Example> train, JavaRDD<Example> validation) {
    return TaskData.classification(
        task.name(), classes, job.pooling(), task.problemType(), train, validation);
  }

  /** The examples with the weights of their classes; validation counts all alike. */
  private JavaRDD<Example> weighted(
      JavaRDD<Example> examples, List<String> classes, Map<String, Long> labels) {
    if (task.classWeights() == null) {
      return examples;
    }
    Map<String, Double> weights;
    try {
      weights = new HashMap<>(task.classWeights().of(classes, labels));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("task '" + task.name() + "': " + e.getMessage(), e);
    }
    return examples.map(
        example -> example.weighted(example.weight() * weights.get(example.label())));
  }

  private ExampleRows<Example> texts(String what, List<String> paths) {
    return rows(
        what,
        paths,
        () ->
            ExampleReader.read(
                session,
                task.name(),
                paths,
                task.columns(),
                task.problemType(),
                true,
                job.data().csv()));
  }

  private ExampleRows<Example> labelled(String what, List<String> paths, List<String> classes) {
    ExampleRows<Example> rows = texts(what, paths);
    requireKnown(what, classes, rows.labels(), rows);
    return rows;
  }

  /**
   * What of the examples is trained on: without duplicates, if these are dropped, and at most
   * data.maxExamples, chosen by the seed and the task's name.
   */
  private <T extends Serializable> JavaRDD<T> trained(ExampleRows<T> rows) {
    duplicates = rows.duplicates();
    JavaRDD<T> examples = dropsDuplicates() ? Duplicates.dropped(rows.examples()) : rows.examples();
    long count = rows.exampleCount() - (dropsDuplicates() ? duplicates : 0);
    if (count < 2 && task.validation().isEmpty() && rows.badCount() > 0) {
      throw new IllegalArgumentException(
          "task '" + task.name() + "' has one example; validation needs another" + rows.badTold());
    }
    int limit = job.data().maxExamples();
    if (task.validation().isEmpty()) {
      validationExamples = MultiTaskTrainer.heldOut(limit == 0 ? count : Math.min(limit, count));
    }
    return limit == 0
        ? examples
        : RandomSample.of(examples, count, limit, job.training().seed(), task.name());
  }

  private boolean dropsDuplicates() {
    return duplicates > 0 && job.data().duplicates().equals(DataConfig.DROP);
  }

  private boolean isAllTrained() {
    return job.data().maxExamples() == 0 && !dropsDuplicates();
  }

  private <T extends Serializable> ExampleRows<T> rows(
      String what, List<String> paths, Supplier<ExampleRows<T>> read) {
    ExampleRows<T> rows;
    try {
      rows = read.get();
    } catch (NoSuchDataException e) {
      String key = "tasks." + job.tasks().indexOf(task) + "." + KEYS.get(what);
      throw new IllegalArgumentException(
          e.getMessage() + "; set " + key + " in the job file or by --set " + key + "=PATH", e);
    }
    open.add(rows);
    if (what.equals("validation")) {
      validationExamples = rows.exampleCount();
    }
    if (rows.badCount() > 0) {
      Quarantine.check(task.name(), rows.badByKind(), job.data().maxBadRows(), rows.firstBad());
      rows.badByKind().forEach((kind, more) -> badByKind.merge(kind, more, Long::sum));
    }
    if (rows.exampleCount() == 0) {
      throw new IllegalArgumentException(
          "task '" + task.name() + "' has no " + what + " examples in " + paths + rows.badTold());
    }
    return rows;
  }

  private Map<String, Long> counts(JavaRDD<Example> examples) {
    ProblemType problem = task.problemType();
    return new TreeMap<>(
        examples.flatMap(example -> problem.labels(example.label()).iterator()).countByValue());
  }

  private void requireKnown(
      String what, List<String> classes, Map<String, Long> labels, ExampleRows<?> rows) {
    Map<String, Long> unknown = new TreeMap<>(labels);
    unknown.keySet().removeAll(classes);
    Map<String, String> twins = LabelSpelling.twins(unknown.keySet(), classes);
    if (!twins.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': labels of the %s examples are written in another way than the classes:"
                  + " %s; the classes are %s. Write both in one way, such as whole numbers without"
                  + " a point",
              task.name(), what, LabelSpelling.shown(twins), classes));
    }
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
              + classes
              + unknown.keySet().stream()
                  .filter(label -> AlikeLabels.alike(label, classes) != null)
                  .findFirst()
                  .map(label -> alike(label, classes))
                  .orElse("")
              + (task.classes().isEmpty() ? open.get(0) : rows).badTold());
    }
  }

  private static String alike(String label, List<String> classes) {
    return String.format(
        "; %s and %s differ by case, blanks or characters that are not seen alone",
        VisibleText.quoted(label), VisibleText.quoted(AlikeLabels.alike(label, classes)));
  }

  /** Training and validation data. */
  TaskData<?> data() {
    return data;
  }

  /** Test data as training data, or null. */
  TaskData<?> test() {
    return test;
  }

  /** What is known of the data, with what only the files say. */
  TaskSummary summary(TaskSummary prepared) {
    return prepared.withFiles(tested, badByKind, duplicates);
  }

  /** Multiple-choice questions, or null. */
  JavaRDD<MultipleChoice> questions() {
    return questions;
  }

  /** The data sets with all their rows, in the order of the job file's keys. */
  List<ExampleRows<?>> all() {
    return open;
  }

  /** What a user should know of the files and their rows, each once for all data sets. */
  List<String> notices() {
    List<String> notices = new ArrayList<>();
    Map<String, Long> remarks = new TreeMap<>();
    open.forEach(rows -> notices.addAll(rows.notices()));
    open.forEach(rows -> rows.remarks().forEach((what, n) -> remarks.merge(what, n, Long::sum)));
    long all = open.stream().mapToLong(ExampleRows::exampleCount).sum();
    notices.addAll(ExampleRows.told(task.name(), remarks, all));
    if (alikeLabels != null) {
      notices.add(alikeLabels);
    }
    return notices;
  }

  /** Rows in the quarantine by their kind. */
  Map<String, Long> badRows() {
    return badByKind;
  }

  /** How many examples there are, or will be held out, to validate. */
  long validationExamples() {
    return validationExamples;
  }

  /** How many training examples equal an earlier one. */
  long duplicates() {
    return duplicates;
  }

  @Override
  public void close() {
    open.forEach(ExampleRows::close);
  }
}
