package io.github.cola4j.spark.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.Sha256;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.train.language.LanguageModeling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class TaskTableTest extends LocalSparkTest {
  private static final Columns COLUMNS = Columns.defaults();
  private static final StructType SCHEMA =
      new StructType()
          .add("kind", DataTypes.StringType)
          .add("label", DataTypes.StringType)
          .add("text", DataTypes.StringType);

  private static Dataset<Row> table(List<Row> rows, int partitions) {
    return session.createDataFrame(rows, SCHEMA).repartition(partitions);
  }

  private static List<Row> rows(String task, int count, int classes) {
    return TinyTasks.examples(task, count, classes, false).stream()
        .map(e -> RowFactory.create(task, e.label(), e.text()))
        .toList();
  }

  private static List<Row> threeTasks() {
    List<Row> rows = new ArrayList<>(rows("law", 30, 2));
    rows.addAll(rows("medicine", 25, 3));
    rows.addAll(rows("money", 20, 2));
    return rows;
  }

  @Test
  void aTaskIsMadeOfItsRows() {
    try (TaskTable<Example> table = TaskTable.of(table(threeTasks(), 7), "kind", COLUMNS)) {
      assertThat(table.names()).containsExactly("law", "medicine", "money");
      assertThat(table.exampleCount()).isEqualTo(75);
      List<TaskData<Example>> tasks = table.tasks();
      assertThat(tasks).extracting(TaskData::name).isEqualTo(table.names());
      assertThat(tasks.get(1).objective().classes()).containsExactly("a", "b", "c");
      assertThat(tasks.get(1).validation()).isNull();
      assertThat(tasks.get(1).train().collect())
          .containsExactlyInAnyOrderElementsOf(TinyTasks.examples("medicine", 25, 3, false));
    }
  }

  /** Examples and results depend on which rows there are, not on where and in which order. */
  @Test
  void orderAndPartitionsDoNotCount() {
    List<Row> shuffled = new ArrayList<>(threeTasks());
    Collections.shuffle(shuffled, new Random(1));
    assertThat(trained(table(shuffled, 5))).isEqualTo(trained(table(threeTasks(), 1)));
  }

  /** SHA-256 of each task's parameters. */
  private static List<String> trained(Dataset<Row> rows) {
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            session,
            model,
            TinyTasks.adapter("full", 0),
            TinyTasks.TRAINING,
            TinyTasks.rounds(0, Scope.TASK));
    try (TaskTable<Example> table = TaskTable.of(rows, "kind", COLUMNS)) {
      return trainer.train(table.tasks()).stream().map(task -> Sha256.of(task.theta())).toList();
    }
  }

  @Test
  void badRowsAreCountedAndTooManyRefused() {
    List<Row> rows = new ArrayList<>(threeTasks());
    rows.add(RowFactory.create("law", "a", null));
    rows.add(RowFactory.create(null, "a", "the court"));
    rows.add(RowFactory.create("law", " ", "the court"));
    Dataset<Row> bad = table(rows, 3);
    try (TaskTable<Example> table = TaskTable.of(bad, "kind", COLUMNS)) {
      assertThat(table.exampleCount()).isEqualTo(75);
      assertThat(table.badByKind())
          .containsEntry("column 'text' is null", 1L)
          .containsEntry("column 'kind' is null", 1L)
          .hasSize(3);
      assertThat(table.bad().count()).isEqualTo(3);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TaskTable.of(bad, "kind", COLUMNS, Map.of(), 2))
        .withMessageContaining("3 bad rows, more than the 2 allowed");
  }

  @Test
  void classesCanBeGiven() {
    Dataset<Row> rows = table(threeTasks(), 2);
    Map<String, List<String>> classes = Map.of("law", List.of("b", "z", "a"));
    try (TaskTable<Example> table = TaskTable.of(rows, "kind", COLUMNS, classes, 0)) {
      assertThat(table.tasks().get(0).objective().classes()).containsExactly("b", "z", "a");
    }
    Map<String, List<String>> fewer = Map.of("medicine", List.of("a", "b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TaskTable.of(rows, "kind", COLUMNS, fewer, 0))
        .withMessageContaining("task 'medicine': labels that are none of its classes")
        .withMessageContaining("{c=");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TaskTable.of(rows, "kind", COLUMNS, Map.of("lw", List.of("a", "b")), 0))
        .withMessageContaining("no row has: [lw]");
  }

  @Test
  void validationHasTheSameTasksAndClasses() {
    List<Row> some = rows("medicine", 4, 3);
    try (TaskTable<Example> table = TaskTable.of(table(threeTasks(), 2), "kind", COLUMNS);
        TaskTable<Example> validation = table.like(table(some, 1))) {
      List<TaskData<Example>> tasks = table.tasks(validation);
      assertThat(tasks.get(0).validation()).isNull();
      assertThat(tasks.get(1).validation().count()).isEqualTo(4);
      assertThat(validation.tasks().get(0).objective().classes()).containsExactly("a", "b", "c");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> table.like(table(rows("other", 4, 2), 1)))
          .withMessageContaining("rows are of task 'other', which is none of [law, medicine");
    }
  }

  @Test
  void mistakesAreToldBeforeTraining() {
    Dataset<Row> rows = table(threeTasks(), 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TaskTable.of(rows, "task", COLUMNS))
        .withMessageContaining("column 'task' is not in rows")
        .withMessageContaining("name the column of the task");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TaskTable.of(table(rows("a/b", 9, 2), 1), "kind", COLUMNS))
        .withMessageContaining("task name 'a/b'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TaskTable.of(table(rows("law", 9, 1), 1), "kind", COLUMNS))
        .withMessageContaining("task 'law' needs at least two classes, got [a]");
  }

  @Test
  void dialoguesAreTasksToo() {
    Dataset<Row> rows =
        session.sql(
            "select 'math' as kind, 'add' as instruction, '1 + 1' as input, '2' as output"
                + " union all select 'talk', 'greet', null, 'hello'"
                + " union all select 'math', 'add', '2 + 2', '4'");
    PromptConfig prompt = PromptConfig.defaults();
    try (TaskTable<Dialogue> table =
        TaskTable.ofDialogues(
            rows, "kind", DialogueFormat.ALPACA, DialogueColumns.defaults(), prompt, 0)) {
      List<TaskData<Dialogue>> tasks = table.tasks();
      assertThat(tasks).extracting(TaskData::name).containsExactly("math", "talk");
      assertThat(tasks.get(0).objective()).isEqualTo(new LanguageModeling(prompt));
      assertThat(tasks.get(0).train().count()).isEqualTo(2);
    }
  }
}
