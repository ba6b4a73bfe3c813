package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.TinyTasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writing and reading, in pipelines as well; tuning; fits that are interrupted. */
class ColaPersistenceTest extends LocalSparkTest {
  @TempDir Path folder;

  @BeforeAll
  static void shuffleLittle() {
    TinyRows.quicken(session);
  }

  private String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  private static List<Row> answers(Dataset<Row> rows) {
    return rows.select("id", "prediction", "predictedLabel", "probability")
        .orderBy("id")
        .collectAsList();
  }

  @Test
  void anEstimatorIsReadAsItWasWritten() throws IOException {
    ColaClassifier classifier = TinyRows.classifier().setTargets(new String[] {"query", "value"});
    classifier.save(uri("estimator"));
    ColaClassifier read = ColaClassifier.load(uri("estimator"));
    assertThat(read.uid()).isEqualTo(classifier.uid());
    assertThat(read.adapterConfig()).isEqualTo(classifier.adapterConfig());
    assertThat(read.trainingConfig()).isEqualTo(classifier.trainingConfig());
    assertThat(read.roundConfig()).isEqualTo(classifier.roundConfig());
    assertThat(read.texts()).isEqualTo(classifier.texts());
    assertThat(read.isSet(read.alpha())).isFalse();
  }

  @Test
  void aModelIsReadAsItWasWritten() throws IOException {
    Dataset<Row> rows = TinyRows.rows(Map.of("law", 2, "medicine", 3), 20);
    ColaClassificationModel model = TinyRows.classifier().setTaskCol("kind").fit(rows);
    model.write().save(uri("model"));
    assertThatThrownBy(() -> model.write().save(uri("model"))).hasMessageContaining("exists");
    model.write().overwrite().save(uri("model"));

    ColaClassificationModel read = ColaClassificationModel.load(uri("model"));
    assertThat(read.tasks()).isEqualTo(model.tasks());
    assertThat(answers(read.transform(rows))).isEqualTo(answers(model.transform(rows)));
    assertThat(model.hasSummary()).isTrue();
    assertThat(read.hasSummary()).isFalse();
    assertThatIllegalStateException()
        .isThrownBy(read::summary)
        .withMessageContaining("it is not written with a model");

    Path elsewhere = folder.resolve("elsewhere");
    PathUtils.copyDirectory(TinyTasks.folder(), elsewhere);
    assertThat(ColaClassificationModel.load(uri("model"), elsewhere.toString()).getModel())
        .isEqualTo(elsewhere.toString());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ColaClassificationModel.load(uri("model"), "/nowhere"))
        .withMessageContaining("the frozen model of " + uri("model") + " cannot be loaded")
        .withMessageContaining("ColaClassificationModel.load(path, model)");
    PathUtils.deleteDirectory(folder.resolve("model/adapters"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ColaClassificationModel.load(uri("model")))
        .withMessageContaining("has no adapters in adapters; write the model again");
  }

  @Test
  void aPipelineIsTunedWrittenAndRead() throws IOException {
    Dataset<Row> rows = TinyRows.rows(2, 24);
    StringIndexer indexer = new StringIndexer().setInputCol("label").setOutputCol("index");
    ColaClassifier classifier = TinyRows.classifier().setLabelCol("index").setEpochs(1);
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {indexer, classifier});
    ParamMap[] grid = new ParamGridBuilder().addGrid(classifier.rank(), new int[] {1, 2}).build();
    CrossValidatorModel tuned =
        new CrossValidator()
            .setEstimator(pipeline)
            .setEstimatorParamMaps(grid)
            .setEvaluator(new MulticlassClassificationEvaluator().setLabelCol("index"))
            .setNumFolds(2)
            .setParallelism(2)
            .fit(rows);
    assertThat(Arrays.stream(tuned.avgMetrics())).hasSize(2).allMatch(f1 -> f1 > 0 && f1 <= 1);
    PipelineModel best = (PipelineModel) tuned.bestModel();
    ColaClassificationModel stage = (ColaClassificationModel) best.stages()[1];
    int chosen = tuned.avgMetrics()[0] >= tuned.avgMetrics()[1] ? 1 : 2;
    assertThat(stage.adapters().get(0).description().adapter().rank()).isEqualTo(chosen);

    pipeline.save(uri("pipeline"));
    assertThat(((ColaClassifier) Pipeline.load(uri("pipeline")).getStages()[1]).getLabelCol())
        .isEqualTo("index");
    best.save(uri("best"));
    assertThat(answers(PipelineModel.load(uri("best")).transform(rows)))
        .isEqualTo(answers(best.transform(rows)));
  }

  @Test
  void aSplitTunesToo() throws IOException {
    Dataset<Row> rows =
        TinyRows.rows(2, 24).withColumn("label", functions.expr("ascii(label) - 97d"));
    ColaClassifier classifier = TinyRows.classifier().setEpochs(1).setMetric("accuracy");
    TrainValidationSplitModel tuned =
        new TrainValidationSplit()
            .setEstimator(classifier)
            .setEstimatorParamMaps(
                new ParamGridBuilder()
                    .addGrid(classifier.learningRate(), new double[] {1e-4, 1e-3})
                    .build())
            .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("logLoss"))
            .setTrainRatio(0.7)
            .setSeed(3)
            .fit(rows);
    assertThat(Arrays.stream(tuned.validationMetrics())).hasSize(2).allMatch(loss -> loss > 0);
    tuned.save(uri("split"));
    assertThat(answers(TrainValidationSplitModel.load(uri("split")).transform(rows)))
        .isEqualTo(answers(tuned.transform(rows)));
  }

  @Test
  void anInterruptedFitResumes() throws Exception {
    Dataset<Row> rows = TinyRows.rows(2, 40);
    ColaClassificationModel expected = many().fit(rows);
    Path checkpoints = folder.resolve("checkpoints");
    ColaClassifier classifier = many().setCheckpointDir(uri("checkpoints"));
    Thread fit = new Thread(() -> classifier.fit(rows));
    fit.setUncaughtExceptionHandler((thread, failure) -> {}); // its jobs are cancelled
    fit.start();
    while (!hasRound(checkpoints) && fit.isAlive()) {
      Thread.sleep(5);
    }
    while (fit.isAlive()) {
      session.sparkContext().cancelAllJobs();
      fit.join(50);
    }
    assertThat(hasRound(checkpoints)).as("stopped before the end").isTrue();

    ColaClassificationModel resumed = classifier.fit(rows);
    assertThat(resumed.adapters().get(0).theta()).isEqualTo(expected.adapters().get(0).theta());
    assertThat(resumed.summary().rounds().select("round", "loss").collectAsList())
        .isEqualTo(expected.summary().rounds().select("round", "loss").collectAsList());
    assertThat(hasRound(checkpoints)).isFalse();
  }

  private static ColaClassifier many() {
    return TinyRows.classifier().setEpochs(3).setLocalSteps(1).setPatience(0);
  }

  private static boolean hasRound(Path checkpoints) throws IOException {
    if (!Files.exists(checkpoints)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files.anyMatch(file -> file.getFileName().toString().matches("round-0+[2-9]"));
    } catch (UncheckedIOException e) { // a folder was renamed meanwhile
      return false;
    }
  }
}
