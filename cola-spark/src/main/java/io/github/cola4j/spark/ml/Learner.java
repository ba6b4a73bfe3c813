package io.github.cola4j.spark.ml;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.ml.fit.AdapterFit;
import io.github.cola4j.spark.ml.fit.FitResult;
import io.github.cola4j.spark.ml.fit.FitTable;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.spark.ml.Model;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How an estimator learns.
 *
 * @param <M> its model
 * @param stage the estimator
 * @param table reads rows, whose schema has been checked
 * @param check refuses a frozen model that is of no use
 * @param model of adapters
 */
record Learner<M extends Model<M>>(
    FitParams<?> stage,
    Function<Dataset<Row>, FitTable<?>> table,
    Consumer<BaseModel> check,
    Function<Fitted.Training, M> model) {

  /** The frozen model. */
  BaseModel base() {
    BaseModel base = AdapterFit.base(stage);
    check.accept(base);
    return base;
  }

  /** Trains, and tells of each round of each task. */
  M fit(Dataset<Row> rows, Consumer<RoundMetrics> listener) {
    BaseModel base = base();
    try (FitTable<?> read = table.apply(rows)) {
      return model(rows, AdapterFit.train(stage, rows.sparkSession(), base, read, listener));
    }
  }

  /** The model of what was trained. */
  M model(Dataset<Row> rows, FitResult result) {
    return model.apply(
        new Fitted.Training(
            result.adapters(), new ColaTrainingSummary(rows.sparkSession(), result)));
  }
}
