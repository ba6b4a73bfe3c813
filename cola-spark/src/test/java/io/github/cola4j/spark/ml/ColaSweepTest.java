package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.spark.LocalSparkTest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Candidates by successive halving. */
class ColaSweepTest extends LocalSparkTest {
  private static Dataset<Row> rows;
  private static ColaClassifier classifier;
  private static ParamMap[] grid;
  private static ColaSweep sweep;
  private static ColaSweepModel model;

  /** Nine candidates: a learning rate that diverges, one that learns nothing, one that learns. */
  @BeforeAll
  static void sweep() {
    TinyRows.quicken(session);
    rows = TinyRows.rows(2, 24);
    classifier =
        TinyRows.classifier()
            .setEpochs(9)
            .setPatience(0)
            .setHeadLearningRate(1e-4)
            .setValidationIndicatorCol("held");
    grid =
        new ParamGridBuilder()
            .addGrid(classifier.learningRate(), new double[] {1e-9, 3e-3, 1e30})
            .addGrid(classifier.rank(), new int[] {1, 2, 3})
            .build();
    sweep = new ColaSweep().setEstimator(classifier).setEstimatorParamMaps(grid);
    model = sweep.fit(rows);
  }

  /** Of a learning rate; the order of Spark's grid is not that of its params. */
  private static ParamMap[] candidates(double learningRate) {
    return Arrays.stream(grid)
        .filter(map -> map.get(classifier.learningRate()).get().equals(learningRate))
        .toArray(ParamMap[]::new);
  }

  private static List<Row> standings() {
    return model.summary().orderBy("rung", "candidate").collectAsList();
  }

  /** Nine candidates one epoch, three of them two more, one of these six more. */
  @Test
  void costsLittleMoreThanARun() {
    long train = rows.where("not held").count();
    int diverged = (int) standings().stream().filter(ColaSweepTest::hasDiverged).count();
    assertThat(diverged).isPositive().isLessThanOrEqualTo(3);
    assertThat(model.summary().where("rung = 0").count()).isEqualTo(9);
    assertThat(model.summary().where("rung = 1").count()).isEqualTo(3);
    assertThat(model.summary().where("rung = 2").count()).isEqualTo(1);
    assertThat(standings())
        .filteredOn(row -> row.<Boolean>getAs("kept"))
        .extracting(
            row -> row.getAs("rung"), row -> row.getAs("rounds"), row -> row.getAs("examples"))
        .containsExactly(
            tuple(0, 1, train),
            tuple(0, 1, train),
            tuple(0, 1, train),
            tuple(1, 3, 3 * train),
            tuple(2, 9, 9 * train));
    assertThat(model.examplesTrained()).isEqualTo((9 + 3 * 2 + 6 - diverged) * train);
  }

  private static boolean hasDiverged(Row row) {
    return Double.isNaN(row.<Double>getAs("validationLoss"));
  }

  @Test
  void theBestOfARungTrainOn() {
    for (int rung = 0; rung < 2; rung++) {
      List<Row> of =
          model.summary().where("rung = " + rung).orderBy("validationLoss").collectAsList();
      assertThat(IntStream.range(0, of.size()).filter(i -> of.get(i).<Boolean>getAs("kept")))
          .containsExactlyElementsOf(IntStream.range(0, of.size() / 3).boxed().toList());
    }
    Row best = model.summary().where("rung = 2").first();
    assertThat(best.<Integer>getAs("candidate")).isEqualTo(model.bestIndex());
    assertThat(best.<String, String>getJavaMap(best.fieldIndex("params")))
        .containsOnlyKeys("learningRate", "rank")
        .containsEntry("learningRate", "0.003");
  }

  /** The sweep stops and resumes it twice, and trains others beside it. */
  @Test
  void theBestModelIsThatOfAFitByItself() {
    ColaClassificationModel best = (ColaClassificationModel) model.bestModel();
    ColaClassificationModel alone = classifier.copy(grid[model.bestIndex()]).fit(rows);
    assertThat(best.adapters().get(0).theta()).isEqualTo(alone.adapters().get(0).theta());
    assertThat(best.summary().rounds().select("round", "loss", "validationLoss").collectAsList())
        .isEqualTo(
            alone.summary().rounds().select("round", "loss", "validationLoss").collectAsList());
    assertThat(model.transform(rows).schema()).isEqualTo(model.transformSchema(rows.schema()));
    assertThat(model.transform(rows).where("predictedLabel = label").count()).isPositive();
  }

  @Test
  void doesNotDependOnHowManyTrainAtATime() {
    int held = spark.getPersistentRDDs().size();
    ColaSweep small =
        new ColaSweep()
            .setEstimator(classifier.copy(new ParamMap()).setEpochs(2))
            .setEstimatorParamMaps(new ParamMap[] {grid[4], grid[0], grid[3]});
    ColaSweepModel one = small.setParallelism(1).fit(rows);
    ColaSweepModel all = small.setParallelism(9).fit(rows);
    assertThat(one.summary().collectAsList()).isEqualTo(all.summary().collectAsList());
    assertThat(one.bestIndex()).isEqualTo(all.bestIndex());
    assertThat(spark.getPersistentRDDs()).as("shards are let go of").hasSize(held);
  }

  /** Early stopping is the candidate's own; what it came to counts at the rungs that are left. */
  @Test
  void aCandidateMayStopBeforeARungIsOver() {
    ColaClassifier hasty =
        classifier
            .copy(new ParamMap())
            .setPatience(1)
            .setLearningRate(0.3)
            .setHeadLearningRate(0.3);
    ColaSweepModel swept =
        new ColaSweep()
            .setEstimator(hasty)
            .setEstimatorParamMaps(new ParamMap[] {new ParamMap()})
            .fit(rows);
    List<Row> rungs = swept.summary().collectAsList();
    assertThat(rungs).hasSize(3).allMatch(row -> row.<Boolean>getAs("kept"));
    assertThat(rungs.get(2).<Integer>getAs("rounds")).isLessThan(9);
    assertThat(((ColaClassificationModel) swept.bestModel()).adapters().get(0).theta())
        .isEqualTo(hasty.fit(rows).adapters().get(0).theta());
  }

  @Test
  void languageModelsAreSweptAsWell() {
    ColaLanguageModel estimator =
        ColaLanguageModelTest.languageModel().setTaskCol("kind").setEpochs(2);
    ColaSweepModel swept =
        new ColaSweep()
            .setEstimator(estimator)
            .setEstimatorParamMaps(
                new ParamGridBuilder()
                    .addGrid(estimator.learningRate(), new double[] {1e-9, 1e-2})
                    .build())
            .fit(ColaLanguageModelTest.rows());
    assertThat(swept.bestIndex()).isEqualTo(1);
    assertThat(((ColaGenerationModel) swept.bestModel()).tasks()).containsExactly("nay", "yea");
  }

  @Test
  void refusesWhatCannotBeSwept() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                new ColaSweep()
                    .setEstimator(classifier)
                    .setEstimatorParamMaps(candidates(1e30))
                    .fit(rows))
        .withMessageContaining("all candidates diverged");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ColaSweep("mine").fit(rows))
        .withMessage("mine: estimator and estimatorParamMaps are not both set; set them");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ColaSweep()
                    .setEstimator(classifier)
                    .setEstimatorParamMaps(
                        new ParamGridBuilder()
                            .addGrid(classifier.epochs(), new int[] {1, 2})
                            .build())
                    .fit(rows))
        .withMessageContaining("candidates cannot differ in 'epochs', but in [a, alpha, ");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ColaSweep()
                    .setEstimator(new StringIndexer())
                    .setEstimatorParamMaps(grid)
                    .fit(rows))
        .withMessageContaining("expected a ColaClassifier or ColaLanguageModel as estimator, got");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sweep.copy(new ParamMap()).setFirstEpochs(10).fit(rows))
        .withMessageContaining("firstEpochs is 10, expected at most the estimator's epochs, 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sweep.setEta(1))
        .withMessageContaining("param eta: expected 2 or more, got 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ColaSweep()
                    .setEstimator(classifier.copy(new ParamMap()).setCheckpointDir("/tmp/x"))
                    .setEstimatorParamMaps(grid)
                    .fit(rows))
        .withMessageContaining("a sweep keeps no checkpoints");
    TinyRows.requireDocumented(sweep);
  }
}
