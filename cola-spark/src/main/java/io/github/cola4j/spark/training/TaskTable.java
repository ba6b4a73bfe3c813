package io.github.cola4j.spark.training;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.concurrent.Partitions;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.TaskReader;
import io.github.cola4j.spark.data.TaskRow;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Objective;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The tasks of a {@code Dataset<Row>}, one column of which names a row's task: a {@link TaskData}
 * for each of its values, sorted. A row that is no example, such as one without a text, is a bad
 * row, as in files: it is counted, and too many are refused.
 *
 * <p>Examples are sorted by their values, so results depend on which rows there are and not on
 * their order or partitions. The rows must be the same whenever Spark computes them: no {@code
 * rand()} or sample without a seed. They are read once when a table is made, and stay persisted
 * until it is closed, so close it after training.
 *
 * @param <E> an example
 */
public final class TaskTable<E extends Serializable> implements AutoCloseable {
  private final Source<E> source;
  private final long maxBadRows;
  private final ExampleRows<TaskRow<E>> rows;
  private final Map<String, Objective<E>> objectives; // by task, sorted

  private TaskTable(
      Source<E> source,
      long maxBadRows,
      ExampleRows<TaskRow<E>> rows,
      Map<String, Objective<E>> objectives) {
    this.source = source;
    this.maxBadRows = maxBadRows;
    this.rows = rows;
    this.objectives = objectives;
  }

  /** What rows are to become. */
  private interface Source<E extends Serializable> {
    ExampleRows<TaskRow<E>> read(Dataset<Row> rows);

    Objective<E> objective(String task, List<String> labels);

    /** Refuses settings of tasks that there are not. */
    void requireTasks(Set<String> tasks);
  }

  private record Texts(
      String taskColumn, Columns columns, ProblemType problem, Map<String, List<String>> classes)
      implements Source<Example> {
    @Override
    public ExampleRows<TaskRow<Example>> read(Dataset<Row> rows) {
      return TaskReader.read(rows, taskColumn, columns, problem);
    }

    @Override
    public Objective<Example> objective(String task, List<String> labels) {
      List<String> known =
          problem == ProblemType.REGRESSION
              ? Classification.NUMBER
              : labels.stream().filter(label -> !label.isEmpty()).toList();
      return TaskData.objective(task, classes.getOrDefault(task, known), null, problem);
    }

    @Override
    public void requireTasks(Set<String> tasks) {
      Set<String> unknown = new TreeSet<>(classes.keySet());
      unknown.removeAll(tasks);
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(
            "classes are given for tasks that no row has: " + unknown + "; rows have " + tasks);
      }
    }
  }

  private record Language<E extends Serializable>(String taskColumn, LanguageRows<E> how)
      implements Source<E> {
    @Override
    public ExampleRows<TaskRow<E>> read(Dataset<Row> rows) {
      return TaskReader.readLanguage(rows, taskColumn, how);
    }

    @Override
    public Objective<E> objective(String task, List<String> labels) {
      return how.objective();
    }

    @Override
    public void requireTasks(Set<String> tasks) {}
  }

  /**
   * Classification tasks, whose classes are the labels that their rows have, sorted.
   *
   * @param taskColumn names a row's task
   * @throws IllegalArgumentException if a column is missing, there are more than {@value
   *     Quarantine#DEFAULT_MAX_BAD_ROWS} bad rows, a task's name cannot be a folder's, or a task
   *     has less than two classes
   */
  public static TaskTable<Example> of(Dataset<Row> rows, String taskColumn, Columns columns) {
    return of(rows, taskColumn, columns, Map.of(), Quarantine.DEFAULT_MAX_BAD_ROWS);
  }

  /**
   * Classification tasks.
   *
   * @param taskColumn names a row's task
   * @param classes by task, where they are not the sorted labels of its rows; a label's number is
   *     its place
   * @param maxBadRows how many rows may be bad
   * @throws IllegalArgumentException as {@link #of(Dataset, String, Columns)}; or if classes are of
   *     a task that no row has, or do not name a label that its rows have
   */
  public static TaskTable<Example> of(
      Dataset<Row> rows,
      String taskColumn,
      Columns columns,
      Map<String, List<String>> classes,
      long maxBadRows) {
    return of(rows, taskColumn, columns, ProblemType.SINGLE_LABEL, classes, maxBadRows);
  }

  /**
   * Tasks whose rows have a class, several labels (an array of strings), or a number, each.
   *
   * @param problem what labels are
   * @param classes by task, where they are not the sorted labels of its rows
   * @param maxBadRows how many rows may be bad
   * @throws IllegalArgumentException as above
   */
  public static TaskTable<Example> of(
      Dataset<Row> rows,
      String taskColumn,
      Columns columns,
      ProblemType problem,
      Map<String, List<String>> classes,
      long maxBadRows) {
    Texts texts = new Texts(taskColumn, columns, problem, Map.copyOf(classes));
    return read(texts, maxBadRows, rows, Map.of());
  }

  /**
   * Tasks of dialogues.
   *
   * @param taskColumn names a row's task
   * @param prompt how dialogues are written for the model
   * @param maxBadRows how many rows may be bad
   * @throws IllegalArgumentException if a column is missing, there are too many bad rows, or a
   *     task's name cannot be a folder's
   */
  public static TaskTable<Dialogue> ofDialogues(
      Dataset<Row> rows,
      String taskColumn,
      DialogueFormat format,
      DialogueColumns columns,
      PromptConfig prompt,
      long maxBadRows) {
    return ofLanguage(
        rows, taskColumn, LanguageRows.dialogues(format, columns, prompt), maxBadRows);
  }

  /**
   * Tasks of language models.
   *
   * @param taskColumn names a row's task
   * @param how rows are read, and what is learnt from them
   * @param maxBadRows how many rows may be bad
   * @throws IllegalArgumentException if a column is missing, there are too many bad rows, or a
   *     task's name cannot be a folder's
   */
  public static <E extends Serializable> TaskTable<E> ofLanguage(
      Dataset<Row> rows, String taskColumn, LanguageRows<E> how, long maxBadRows) {
    return read(new Language<>(taskColumn, how), maxBadRows, rows, Map.of());
  }

  /**
   * Other rows of these tasks, for validation or test, with the same columns and classes.
   *
   * @throws IllegalArgumentException if a row is of another task, or has another label
   */
  public TaskTable<E> like(Dataset<Row> others) {
    return read(source, maxBadRows, others, objectives);
  }

  /**
   * Reads the rows.
   *
   * @param known the tasks there may be; empty for any
   */
  private static <E extends Serializable> TaskTable<E> read(
      Source<E> source, long maxBadRows, Dataset<Row> table, Map<String, Objective<E>> known) {
    ExampleRows<TaskRow<E>> rows = source.read(table);
    try {
      if (rows.badCount() > 0) {
        Quarantine.check(TaskReader.ALL, rows.badByKind(), maxBadRows, rows.firstBad());
      }
      Map<String, Map<String, Long>> labels = TaskReader.labels(rows);
      if (labels.isEmpty()) {
        throw new IllegalArgumentException("there are no examples in the rows" + rows.badTold());
      }
      if (known.isEmpty()) {
        source.requireTasks(labels.keySet());
      }
      Map<String, Objective<E>> objectives = new TreeMap<>();
      labels.forEach(
          (task, counts) -> {
            TaskData.requireName(task);
            Objective<E> objective =
                known.isEmpty()
                    ? source.objective(task, List.copyOf(counts.keySet()))
                    : known.get(task);
            if (objective == null) {
              throw new IllegalArgumentException(
                  "rows are of task '" + task + "', which is none of " + known.keySet());
            }
            requireClasses(task, objective, counts);
            objectives.put(task, objective);
          });
      return new TaskTable<>(source, maxBadRows, rows, objectives);
    } catch (RuntimeException e) {
      rows.close();
      throw e;
    }
  }

  private static void requireClasses(
      String task, Objective<?> objective, Map<String, Long> labels) {
    List<String> classes = objective.classes();
    Map<String, Long> unknown = new TreeMap<>(labels);
    unknown.keySet().removeAll(classes);
    unknown.remove(""); // a row without labels
    if (objective.counted() != null && !unknown.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': labels that are none of its classes, with their numbers: %s; the classes"
                  + " are %s",
              task, unknown, classes));
    }
  }

  /** The tasks' names, sorted. */
  public List<String> names() {
    return List.copyOf(objectives.keySet());
  }

  /** The tasks; a tenth of each one's examples is held out for validation. */
  public List<TaskData<E>> tasks() {
    return tasks(Map.of());
  }

  /**
   * The tasks, with examples to validate them; one that has none there holds out a tenth of its
   * own.
   *
   * @param validation made by {@link #like}; close it after training
   */
  public List<TaskData<E>> tasks(TaskTable<E> validation) {
    return tasks(validation.examples());
  }

  private List<TaskData<E>> tasks(Map<String, JavaRDD<E>> validation) {
    List<TaskData<E>> tasks = new ArrayList<>();
    examples()
        .forEach(
            (task, own) ->
                tasks.add(new TaskData<>(task, objectives.get(task), own, validation.get(task))));
    return tasks;
  }

  /** The examples of each task, from the partitions alone that have some. */
  private Map<String, JavaRDD<E>> examples() {
    JavaRDD<TaskRow<E>> all = rows.examples();
    Map<String, Set<Integer>> places = new HashMap<>();
    for (Place place : all.mapPartitionsWithIndex(TaskTable::places, true).collect()) {
      place
          .tasks()
          .forEach(
              task -> places.computeIfAbsent(task, t -> new HashSet<>()).add(place.partition()));
    }
    Map<String, JavaRDD<E>> examples = new TreeMap<>();
    for (String task : objectives.keySet()) {
      examples.put(
          task,
          Partitions.only(places.get(task), all)
              .filter(row -> row.task().equals(task))
              .map(TaskRow::example));
    }
    return examples;
  }

  private record Place(int partition, Set<String> tasks) implements Serializable {}

  private static <E extends Serializable> Iterator<Place> places(
      int partition, Iterator<TaskRow<E>> rows) {
    Set<String> tasks = new HashSet<>();
    rows.forEachRemaining(row -> tasks.add(row.task()));
    return List.of(new Place(partition, tasks)).iterator();
  }

  /** How many examples all tasks have together. */
  public long exampleCount() {
    return rows.exampleCount();
  }

  /** How many rows are bad, by what is wrong with them. */
  public Map<String, Long> badByKind() {
    return rows.badByKind();
  }

  /** The bad rows; the line is a row's number after sorting. */
  public JavaRDD<BadRow> bad() {
    return rows.bad();
  }

  @Override
  public void close() {
    rows.close();
  }
}
