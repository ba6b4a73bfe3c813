package io.github.cola4j.spark.ml;

import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.ml.params.StageParams;
import io.github.cola4j.spark.model.BaseModelCache;
import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What a model has beside its params: the adapters, how they were trained, and what executors have
 * of them as long as the model uses it.
 *
 * @param <R> computes on executors
 */
final class Fitted<R> {
  private final List<TrainedAdapter> adapters;
  private final ColaTrainingSummary summary; // null for none
  private Running<R> running; // null before the first use

  private record Running<R>(SparkContext context, String model, WeightOptions options, R runner) {
    boolean isOf(SparkContext other, StageParams<?> stage) {
      return context == other
          && model.equals(stage.getModel())
          && options.equals(stage.weightOptions());
    }
  }

  /** What a fit gives a model. */
  record Training(List<TrainedAdapter> adapters, ColaTrainingSummary summary) {}

  /** Makes a runner of the adapters on the frozen model. */
  @FunctionalInterface
  interface Start<R> {
    R of(SparkSession spark, List<TrainedAdapter> adapters, BaseModel base);
  }

  /**
   * Of adapters, whose moments are let go of.
   *
   * @param summary null for none
   */
  Fitted(List<TrainedAdapter> adapters, ColaTrainingSummary summary) {
    this.adapters =
        adapters.stream()
            .map(a -> new TrainedAdapter(a.description(), a.layout(), a.theta(), a.initial()))
            .toList();
    this.summary = summary;
  }

  /** Of a fit. */
  Fitted(Training training) {
    this(training.adapters(), training.summary());
  }

  /** Without adapters, as Spark makes a model to read params into. */
  static <R> Fitted<R> nothing() {
    return new Fitted<>(List.of(), null);
  }

  List<TrainedAdapter> adapters() {
    return adapters;
  }

  String[] tasks() {
    return adapters.stream().map(adapter -> adapter.description().task()).toArray(String[]::new);
  }

  /** Of a task. */
  TrainedAdapter adapter(StageParams<?> stage, String task) {
    return adapters.stream()
        .filter(adapter -> adapter.description().task().equals(task))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    stage.uid() + " has no task '" + task + "', but " + List.of(tasks())));
  }

  /** Of the one task. */
  TrainedAdapter only(StageParams<?> stage) {
    if (adapters.size() != 1) {
      throw new IllegalStateException(
          stage.uid() + " has the tasks " + List.of(tasks()) + "; name one of them");
    }
    return adapters.get(0);
  }

  /** Null for none. */
  ColaTrainingSummary summaryOrNull() {
    return summary;
  }

  ColaTrainingSummary summary(StageParams<?> stage) {
    return Optional.ofNullable(summary)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "there is no training summary of "
                        + stage.uid()
                        + ": it is not written with a model"));
  }

  /**
   * Of a session, started where need be. It is never closed: rows that were transformed may be
   * computed as long as somebody holds them.
   */
  synchronized R runner(StageParams<?> stage, SparkSession spark, Start<R> start) {
    SparkContext context = spark.sparkContext();
    if (running == null || !running.isOf(context, stage)) {
      BaseModel base = BaseModelCache.load(stage.getModel(), stage.weightOptions());
      R runner = start.of(spark, adapters, base);
      running = new Running<>(context, stage.getModel(), stage.weightOptions(), runner);
    }
    return running.runner();
  }
}
