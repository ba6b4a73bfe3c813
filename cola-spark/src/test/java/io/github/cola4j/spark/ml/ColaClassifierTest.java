package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.inference.AdapterRunner;
import io.github.cola4j.spark.inference.PredictionColumns;
import io.github.cola4j.spark.ml.fit.FitRows;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TaskTable;
import io.github.cola4j.spark.training.TrainedTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fitting and transforming. */
class ColaClassifierTest extends LocalSparkTest {
  private static Dataset<Row> rows;
  private static ColaClassificationModel fitted;

  @TempDir Path folder;

  @BeforeAll
  static void fit() {
    TinyRows.quicken(session);
    rows = TinyRows.rows(3, 48);
    fitted = TinyRows.classifier().fit(rows);
  }

  @Test
  void addsColumnsToAllThatRowsHave() {
    Dataset<Row> some =
        rows.withColumn(
            "text", functions.when(functions.col("id").notEqual(7), functions.col("text")));
    ColaClassificationModel model =
        fitted.copy(new ParamMap()).setReasonCol("why").setProbabilityMapCol("byLabel");
    Dataset<Row> out = model.transform(some);
    assertThat(out.columns())
        .containsExactly(
            "id",
            "kind",
            "text",
            "label",
            "held",
            "prediction",
            "predictedLabel",
            "rawPrediction",
            "probability",
            "byLabel",
            "why");
    assertThat(out.schema()).isEqualTo(model.transformSchema(some.schema()));
    List<Row> all = out.orderBy("id").collectAsList();
    List<Row> given = some.orderBy("id").collectAsList();
    for (int i = 0; i < given.size(); i++) {
      Row row = all.get(i);
      for (String column : some.columns()) {
        assertThat(row.<Object>getAs(column)).isEqualTo(given.get(i).getAs(column));
      }
      if (i == 7) {
        for (int c = 5; c < 10; c++) {
          assertThat(row.isNullAt(c)).isTrue();
        }
        assertThat(row.<String>getAs("why")).isEqualTo("column 'text' is null");
        continue;
      }
      Vector raw = row.getAs("rawPrediction");
      Vector probability = row.getAs("probability");
      String label = row.getAs("predictedLabel");
      int index = row.<Double>getAs("prediction").intValue();
      assertThat(index).isEqualTo(TinyRows.argMax(raw)).isEqualTo(TinyRows.argMax(probability));
      assertThat(fitted.labels()[index]).isEqualTo(label);
      assertThat(Arrays.stream(probability.toArray()).sum()).isCloseTo(1, within(1e-12));
      assertThat(Math.log(probability.apply(0) / probability.apply(1)))
          .isCloseTo(raw.apply(0) - raw.apply(1), within(1e-6));
      assertThat(row.getJavaMap(row.fieldIndex("byLabel")).get(label))
          .isEqualTo(probability.apply(index));
      assertThat(row.<String>getAs("why")).isNull();
    }
    assertThat(all).extracting(row -> row.<String>getAs("predictedLabel")).contains("a", "b");
  }

  @Test
  void metadataHasTheLabels() {
    Dataset<Row> out = fitted.transform(rows);
    Dataset<Row> named =
        new IndexToString().setInputCol("prediction").setOutputCol("named").transform(out);
    assertThat(named.where("named <> predictedLabel").count()).isZero();
    assertThat(AttributeGroup.fromStructField(out.schema().apply("probability")).indexOf("c"))
        .isEqualTo(2);
    assertThat(fitted.labels()).containsExactly("a", "b", "c");
  }

  /** What the trainer makes of the same rows, and the runner of the adapter. */
  @Test
  void isTheTrainerAndTheRunnerOfOtherPrograms() {
    ColaClassifier classifier = TinyRows.classifier().setValidationIndicatorCol("held");
    List<RoundMetrics> told = new ArrayList<>();
    ColaClassificationModel model = classifier.fit(rows, told::add);
    TrainedTask expected;
    Dataset<Row> named = rows.withColumn("task", functions.lit(FitRows.CLASSIFIER));
    try (TaskTable<Example> train =
            TaskTable.of(named.where("not held"), "task", Columns.defaults());
        TaskTable<Example> validation = train.like(named.where("held"))) {
      expected =
          new MultiTaskTrainer(
                  session,
                  LocalSparkTest.model,
                  classifier.adapterConfig(),
                  classifier.trainingConfig(),
                  classifier.roundConfig())
              .train(train.tasks(validation))
              .get(0);
    }
    TrainedAdapter adapter = model.adapters().get(0);
    assertThat(adapter.theta()).isEqualTo(expected.theta());
    Row task = model.summary().tasks().first();
    assertThat(task.<Long>getAs("validationExamples")).isEqualTo(rows.where("held").count());
    assertThat(task.<Double>getAs("validationLoss")).isEqualTo(expected.validation().loss());
    assertThat(model.summary().rounds().columns())
        .contains("round", "task", "loss", "validationLoss", "accuracy", "macroF1", "best");
    assertThat(model.summary().rounds().where("best").count()).isPositive();
    assertThat(model.summary().rounds().select("loss").collectAsList())
        .extracting(row -> row.getDouble(0))
        .as("the rounds that the listener was told of")
        .isEqualTo(told.stream().map(RoundMetrics::loss).toList());

    try (AdapterRunner runner = new AdapterRunner(session, adapter, LocalSparkTest.model)) {
      Dataset<Row> plain =
          runner.transform(
              rows, Columns.defaults(), PredictionColumns.defaults().withPrediction("answer"));
      assertThat(model.transform(rows).join(plain, "id").where("answer <> predictedLabel").count())
          .isZero();
    }
  }

  @Test
  void everyTaskHasItsOwnAdapterAndClasses() {
    Dataset<Row> mixed = TinyRows.rows(Map.of("law", 2, "medicine", 3), 24);
    ColaClassificationModel model =
        TinyRows.classifier().setTaskCol("kind").setPredictedLabelCol("answer").fit(mixed);
    assertThat(model.tasks()).containsExactly("law", "medicine");
    assertThat(model.labels("law")).containsExactly("a", "b");
    assertThat(model.labels("medicine")).containsExactly("a", "b", "c");
    assertThat(model.summary().tasks().count()).isEqualTo(2);

    Dataset<Row> asked =
        mixed.withColumn(
            "kind",
            functions
                .when(functions.col("id").equalTo(3), "music")
                .otherwise(functions.col("kind")));
    Dataset<Row> out = model.copy(new ParamMap()).setReasonCol("why").transform(asked);
    assertThat(AttributeGroup.fromStructField(out.schema().apply("probability")).size())
        .as("tasks differ, so no labels are the column's")
        .isEqualTo(-1);
    assertThat(out.where("id = 3").first().<String>getAs("why"))
        .isEqualTo("task 'music' is none of [law, medicine]");
    for (TrainedAdapter adapter : model.adapters()) {
      String task = adapter.description().task();
      try (AdapterRunner runner = new AdapterRunner(session, adapter, LocalSparkTest.model)) {
        Dataset<Row> own = out.where(functions.col("kind").equalTo(task)).drop("prediction");
        Dataset<Row> both =
            runner.transform(
                own, Columns.defaults(), new PredictionColumns("alone", "map", "reason"));
        assertThat(both.where("answer <> alone").count()).isZero();
        assertThat(own.first().<Vector>getAs("probability").size())
            .isEqualTo(adapter.description().classes().size());
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.labels("music"))
        .withMessageContaining("has no task 'music', but [law, medicine]");
  }

  /** The order of the indices is the indexer's, not that of the letters. */
  @Test
  void labelsMayBeIndices() {
    Dataset<Row> indexed =
        new StringIndexer()
            .setInputCol("label")
            .setOutputCol("index")
            .setStringOrderType("alphabetDesc")
            .fit(rows)
            .transform(rows);
    ColaClassificationModel named = TinyRows.classifier().setLabelCol("index").fit(indexed);
    assertThat(named.labels()).containsExactly("c", "b", "a");
    assertThat(TinyRows.classifier().setLabelCol("index").transformSchema(indexed.schema()))
        .isEqualTo(named.transform(indexed).schema());

    Dataset<Row> bare = rows.where("id < 24").selectExpr("text", "ascii(label) - 97 as label");
    assertThat(TinyRows.classifier().fit(bare).labels()).containsExactly("0", "1", "2");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> TinyRows.classifier().fit(bare.selectExpr("text", "label + 0.5 as label")))
        .withMessageContaining("labels that are none of its classes")
        .withMessageContaining("1.5=");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TinyRows.classifier().fit(bare.selectExpr("text", "label * 60 as label")))
        .withMessageContaining("labelCol 'label' has the index 120, expected less than 100")
        .withMessageContaining("StringIndexer");
  }

  /** As if a row were there as often; a weight of zero is no row. */
  @Test
  void rowsCountAsTheirWeights() {
    Dataset<Row> some = rows.where("id < 20").coalesce(1);
    ColaClassifier classifier =
        TinyRows.classifier()
            .setValidationIndicatorCol("held")
            .setBatchSize(64)
            .setExamplesPerShard(64);
    float[] plain = theta(classifier, some);
    classifier.setWeightCol("weight");
    assertThat(theta(classifier, some.withColumn("weight", functions.lit(1)))).isEqualTo(plain);
    assertThat(
            theta(
                classifier,
                some.withColumn("weight", functions.lit(1f))
                    .union(
                        rows.where("id between 20 and 40")
                            .withColumn("weight", functions.lit(0f)))))
        .isEqualTo(plain);
    Dataset<Row> doubled = some.selectExpr("*", "if(id < 10 and not held, 2.0, 1.0) as weight");
    Dataset<Row> twice =
        some.union(some.where("id < 10 and not held")).withColumn("weight", functions.lit(1L));
    float[] weighted = theta(classifier, doubled);
    assertThat(distance(weighted, theta(classifier, twice))).isLessThan(1e-4);
    assertThat(distance(weighted, plain)).isGreaterThan(1e-3);

    Dataset<Row> bad =
        some.selectExpr(
            "*", "if(id = 3, -1d, if(id = 4, double('NaN'), if(id = 5, null, 1d))) as weight");
    assertThat(classifier.fit(bad).summary().badRows())
        .isEqualTo(Map.of("column 'weight' is no weight", 2L, "column 'weight' is null", 1L));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.copy(new ParamMap()).setWeightCol("kind").fit(rows))
        .withMessageContaining("weightCol 'kind' is of type string, expected a number");
  }

  private static float[] theta(ColaClassifier classifier, Dataset<Row> some) {
    return classifier.fit(some).adapters().get(0).theta();
  }

  private static double distance(float[] x, float[] y) {
    return IntStream.range(0, x.length).mapToDouble(i -> Math.abs(x[i] - y[i])).max().orElseThrow();
  }

  @Test
  void pairsHaveASecondText() {
    Dataset<Row> pairs = rows.withColumn("other", functions.reverse(functions.col("label")));
    ColaClassifier classifier = TinyRows.classifier().setTextPairCol("other").setEpochs(1);
    ColaClassificationModel model = classifier.fit(pairs.where("id <> 2").limit(20));
    Dataset<Row> out =
        model
            .setReasonCol("why")
            .transform(pairs.withColumn("other", functions.expr("if(id = 2, null, other)")));
    assertThat(out.where("id = 2").first().<String>getAs("why"))
        .isEqualTo("column 'other' is null");
    assertThat(out.where("prediction is null").count()).isEqualTo(1);
    Dataset<Row> swapped = model.transform(pairs.withColumn("other", functions.lit("court rate")));
    assertThat(
            out.select("id", "rawPrediction")
                .join(swapped.selectExpr("id", "rawPrediction as alone"), "id")
                .where("rawPrediction <> alone")
                .count())
        .as("the second text is read")
        .isPositive();
  }

  @Test
  void refusesParamsThatCannotBe() {
    ColaClassifier classifier = new ColaClassifier("mine");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setRank(0))
        .withMessage("mine, param rank: rank must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setMetric("f1"))
        .withMessageContaining("param metric: ")
        .withMessageContaining("accuracy, macroF1, loss or last, got 'f1'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setMethod("lorra"))
        .withMessageContaining("param method: ")
        .withMessageContaining("lorra");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setQuantize("int4"))
        .withMessage("mine, param quantize: expected one of [, int8, nf4], got 'int4'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.setTextCol(" "))
        .withMessage("mine, param textCol: expected the name of a column, got ' '");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.transformSchema(TinyRows.SCHEMA))
        .withMessage("mine: model is not set; set it to the location of the frozen model");
    assertThatIllegalArgumentException()
        .as("what does not go together")
        .isThrownBy(() -> TinyRows.classifier().setMethod("lora").fit(rows))
        .withMessageContaining("method lora needs a = 1 and b = 1, got a = 2 and b = 3");
  }

  @Test
  void refusesSchemasThatDoNotFit() {
    ColaClassifier classifier = TinyRows.classifier();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classifier.copy(new ParamMap()).setTextCol("txt").fit(rows))
        .withMessageContaining(
            "textCol is 'txt', which is none of the columns [id, kind, text, label, held]; set"
                + " textCol to one of them");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fitted.transform(rows.withColumn("text", functions.array("text"))))
        .withMessageContaining("textCol 'text' is of type array<string>, expected a string");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TinyRows.classifier().setValidationIndicatorCol("id").fit(rows))
        .withMessageContaining("validationIndicatorCol 'id' is of type bigint, expected a boolean");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TinyRows.classifier().setTextPairCol("label").fit(rows))
        .withMessageContaining("textPairCol and labelCol are both 'label'; name a column each");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fitted.transform(rows.withColumn("Prediction", functions.lit(1))))
        .withMessageContaining("there is a column 'Prediction' already, and predictionCol would")
        .withMessageContaining("or to an empty string");
    assertThat(
            fitted
                .copy(new ParamMap())
                .setPredictionCol("")
                .setRawPredictionCol("")
                .transform(rows)
                .columns())
        .endsWith("held", "predictedLabel", "probability");
  }

  @Test
  void everyParamIsDocumentedAndHasItsMethods() {
    ColaClassifier classifier = new ColaClassifier();
    TinyRows.requireDocumented(classifier);
    TinyRows.requireDocumented(fitted);
    assertThat(classifier.explainParams()).contains("rank: ", "(default: 8)");
    assertThat(fitted.params()).extracting(Param::name).contains("taskCol").doesNotContain("rank");
  }

  @Test
  void sparkFindsThem() {
    assertThat(ServiceLoader.load(Estimator.class).stream())
        .anyMatch(each -> each.type() == ColaClassifier.class);
    assertThat(ServiceLoader.load(Transformer.class))
        .anyMatch(ColaClassificationModel.class::isInstance);
  }

  @Test
  void transformsStreams() throws IOException, TimeoutException, StreamingQueryException {
    Path input = Files.createDirectory(folder.resolve("in"));
    Files.writeString(input.resolve("one.json"), "{\"text\": \"the court\"}\n{\"text\": null}\n");
    Dataset<Row> stream =
        session.readStream().schema(new StructType().add("text", "string")).json(input.toString());
    StreamingQuery query =
        fitted
            .transform(stream)
            .writeStream()
            .format("memory")
            .queryName("answers")
            .option("checkpointLocation", folder.resolve("state").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    query.awaitTermination();
    assertThat(session.table("answers").where("predictedLabel is not null").count()).isEqualTo(1);
    assertThat(session.table("answers").count()).isEqualTo(2);
  }
}
