package io.github.cola4j.spark.ml.fit;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.TrainedTask;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains the adapters of an estimator. */
public final class AdapterFit {
  private static final Logger LOG = LoggerFactory.getLogger(AdapterFit.class);

  private AdapterFit() {}

  /** The frozen model of a stage, which tasks of this JVM find in the cache. */
  public static BaseModel base(FitParams<?> stage) {
    return BaseModelCache.load(stage.getModel(), stage.weightOptions());
  }

  /**
   * Trains, from where an interrupted fit with the same params and data was.
   *
   * @param listener gets each round of each task
   */
  public static FitResult train(
      FitParams<?> stage,
      SparkSession spark,
      BaseModel base,
      FitTable<?> table,
      Consumer<RoundMetrics> listener) {
    if (!table.badByKind().isEmpty()) {
      LOG.warn("{}: rows that are no examples are left out: {}", stage.uid(), table.badByKind());
    }
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            spark, base, stage.adapterConfig(), stage.trainingConfig(), stage.roundConfig());
    FitRounds rounds = new FitRounds(listener.andThen(round -> log(stage.uid(), round)));
    List<TrainedTask> trained =
        FitCheckpoints.train(
            stage, spark.sparkContext().hadoopConfiguration(), trainer, table.tasks(), rounds);
    return new FitResult(rounds.all(), trained, table.badByKind());
  }

  private static void log(String uid, RoundMetrics round) {
    LOG.info(
        "{}: round {}, task {}: {} of {} steps, loss {}, validation accuracy {}",
        uid,
        round.round(),
        round.task(),
        round.step(),
        round.totalSteps(),
        String.format(Locale.ROOT, "%.4f", round.loss()),
        round.accuracy() == null ? "none" : String.format(Locale.ROOT, "%.4f", round.accuracy()));
  }
}
