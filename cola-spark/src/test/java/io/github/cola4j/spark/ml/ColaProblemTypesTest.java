package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.spark.LocalSparkTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.evaluation.MultilabelClassificationEvaluator;
import org.apache.spark.ml.evaluation.RegressionEvaluator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of several labels, and of numbers, from fit to Spark's own evaluators. */
class ColaProblemTypesTest extends LocalSparkTest {
  @TempDir Path folder;

  @BeforeAll
  static void quicken() {
    TinyRows.quicken(session);
  }

  /** Texts of one of two words, with the labels and the number that they have. */
  private static Dataset<Row> rows() {
    return TinyRows.rows(1, 48)
        .withColumn("even", functions.col("id").mod(2).equalTo(0))
        .withColumn(
            "text",
            functions
                .when(functions.col("even"), functions.lit("the doctors treated"))
                .otherwise(functions.lit("bank lending")))
        .withColumn(
            "labels",
            functions
                .when(
                    functions.col("even"), functions.array(functions.lit("x"), functions.lit("y")))
                .otherwise(functions.array(functions.lit("y"))))
        .withColumn(
            "number",
            functions
                .when(functions.col("even"), functions.lit(0.5))
                .otherwise(functions.lit(-0.5)))
        .drop("label", "held", "kind");
  }

  private static ColaClassifier classifier(String problem, String label) {
    return TinyRows.classifier()
        .setTaskCol("")
        .setValidationIndicatorCol("")
        .setProblemType(problem)
        .setLabelCol(label)
        .setMetric("last")
        .setEpochs(12)
        .setLearningRate(5e-3);
  }

  @Test
  void severalLabelsAreEvaluatedBySpark() throws IOException {
    Dataset<Row> rows = rows();
    ColaClassifier classifier = classifier("multi-label", "labels");
    ColaClassificationModel model = classifier.fit(rows);
    assertThat(model.labels()).containsExactly("x", "y");
    Dataset<Row> out = model.transform(rows);
    assertThat(out.schema()).isEqualTo(model.transformSchema(rows.schema()));
    Row first = out.where("even").first();
    assertThat(first.<String>getList(first.fieldIndex("predictedLabel"))).containsExactly("x", "y");
    Dataset<Row> indexed =
        out.withColumn("truth", functions.expr("if(even, array(0D, 1D), array(1D))"));
    double accuracy =
        new MultilabelClassificationEvaluator()
            .setLabelCol("truth")
            .setMetricName("subsetAccuracy")
            .evaluate(indexed);
    assertThat(accuracy).isEqualTo(1);
    assertThat(model.summary().tasks().first().<Double>getAs("accuracy")).isEqualTo(1);
    String path = folder.resolve("model").toString();
    model.write().save(path);
    assertThat(ColaClassificationModel.load(path).transform(rows).collectAsList())
        .isEqualTo(out.collectAsList());
  }

  @Test
  void numbersAreEvaluatedBySpark() {
    Dataset<Row> rows = rows();
    ColaClassifier classifier = classifier("regression", "number");
    ColaClassificationModel model = classifier.setReasonCol("why").fit(rows);
    Dataset<Row> out = model.transform(rows);
    assertThat(out.columns()).endsWith("number", "prediction", "why");
    double r2 = new RegressionEvaluator().setLabelCol("number").setMetricName("r2").evaluate(out);
    assertThat(r2).isGreaterThan(0.8);
    assertThat(model.summary().tasks().first().<Double>getAs("accuracy")).isNaN();
  }

  @Test
  void whatDoesNotFitIsToldBeforeTraining() {
    Dataset<Row> rows = rows();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier("multi-label", "number").fit(rows))
        .withMessageContaining("expected an array of strings");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier("regression", "labels").fit(rows))
        .withMessageContaining("expected a number");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier("regression", "number").setMetric("accuracy").fit(rows))
        .withMessageContaining("a regression has no metric 'accuracy'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier("ordinal", "number"))
        .withMessageContaining(List.of("single-label", "multi-label", "regression").toString());
  }
}
