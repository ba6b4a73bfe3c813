package io.github.cola4j.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.training.TaskData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Predictions as columns of a Dataset. */
class RowPredictionsTest extends LocalSparkTest {
  private static final Columns TEXT = Columns.defaults();
  private static final PredictionColumns ADDED = PredictionColumns.defaults();
  // more than are computed at a time
  private static final List<Example> DATA = TinyTasks.examples("use", 700, 3, false);
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("text", DataTypes.StringType)
          .add("tags", DataTypes.createArrayType(DataTypes.IntegerType))
          .add("Id", DataTypes.DoubleType);

  private static TrainedAdapter adapter;

  @BeforeAll
  static void train() {
    TaskData<Example> task = TinyTasks.task(spark, "use", 40, 10, 3, false);
    adapter =
        new MultiTaskTrainer(
                session,
                model,
                TinyTasks.adapter("full", 0),
                TinyTasks.TRAINING,
                TinyTasks.rounds(0, Scope.TASK))
            .train(List.of(task))
            .get(0)
            .adapter();
  }

  private static Dataset<Row> rows(List<String> texts) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      rows.add(RowFactory.create((long) i, texts.get(i), new Integer[] {i, 7}, i / 2.0));
    }
    return session.createDataFrame(rows, SCHEMA).coalesce(1);
  }

  @Test
  void everyRowKeepsItsColumnsAndItsPlace() {
    List<String> texts = new ArrayList<>(DATA.stream().map(Example::text).toList());
    texts.add(3, null);
    texts.add(600, "  ");
    Dataset<Row> rows = rows(texts);
    List<AdapterRunner.Prediction> expected;
    List<Row> all;
    try (AdapterRunner runner = new AdapterRunner(session, adapter, model)) {
      expected = runner.predict(spark.parallelize(DATA, 1)).collect();
      Dataset<Row> labelled = runner.transform(rows);
      assertThat(labelled.columns())
          .containsExactly("id", "text", "tags", "Id", "prediction", "probabilities", "reason");
      all = labelled.collectAsList();
    }
    List<Row> given = rows.collectAsList();
    assertThat(all).hasSize(given.size());
    int next = 0;
    for (int i = 0; i < all.size(); i++) {
      Row row = all.get(i);
      for (int c = 0; c < SCHEMA.length(); c++) {
        assertThat(row.get(c)).isEqualTo(given.get(i).get(c));
      }
      if (i == 3 || i == 600) {
        assertThat(row.isNullAt(4) && row.isNullAt(5)).isTrue();
        assertThat(row.getString(6)).isEqualTo("column 'text' is " + (i == 3 ? "null" : "blank"));
        continue;
      }
      AdapterRunner.Prediction prediction = expected.get(next++);
      assertThat(row.getString(4)).isEqualTo(prediction.label());
      Map<String, Double> probabilities = row.getJavaMap(5);
      assertThat(probabilities.keySet()).containsExactly("a", "b", "c");
      assertThat(probabilities.get(prediction.label())).isEqualTo(prediction.probability());
      assertThat(probabilities.values().stream().mapToDouble(p -> p).sum())
          .isCloseTo(1, within(1e-12));
      assertThat(row.isNullAt(6)).isTrue();
    }
  }

  @Test
  void namesAreTheCallers() {
    Dataset<Row> rows =
        session.sql("select 'x' as prediction, 5 as body, array(1) as words, 'the court' as title");
    PredictionColumns mine = new PredictionColumns("label", "p", "why");
    try (AdapterRunner runner = new AdapterRunner(session, adapter, model)) {
      Dataset<Row> labelled =
          runner.transform(rows, Columns.defaults().withText("body").withPair("title"), mine);
      assertThat(labelled.columns())
          .containsExactly("prediction", "body", "words", "title", "label", "p", "why");
      assertThat(labelled.first().getString(4)).as("5 as a text").isIn("a", "b", "c");
      assertThat(labelled.selectExpr("p[label]").first().getDouble(0)).isGreaterThan(1.0 / 3);
      assertThat(runner.transform(rows, Columns.defaults().withText("words"), mine).first().get(6))
          .isEqualTo(
              "column 'words' is of type array<int>; expected a text, a number or a boolean");

      assertThatIllegalArgumentException()
          .isThrownBy(() -> runner.transform(rows, Columns.defaults().withText("title"), ADDED))
          .withMessageContaining("have a column 'prediction' already; rename it, or give another");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> runner.transform(rows, TEXT, mine))
          .withMessageContaining("the rows have no column 'text'")
          .withMessageContaining("[prediction, body, words, title]");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PredictionColumns("p", "p", null))
        .withMessageContaining("expected three columns' names, got [p, p, reason]");
  }
}
