package io.github.cola4j.spark.inference;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.internal.executor.StoredAdapter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The adapters of several tasks on one frozen model, as executors use them. Those that were trained
 * in one job share all but their parameters. Close them to free what executors hold.
 */
final class StoredAdapters implements AutoCloseable {
  private final List<StoredAdapter> owners = new ArrayList<>(); // of the starting values
  private final Map<String, StoredAdapter> byTask = new LinkedHashMap<>();

  /** None yet. */
  StoredAdapters() {}

  /** Refuses what is no adapter of a kind. */
  @FunctionalInterface
  interface Check {
    void require(AdapterStore.Description description);
  }

  /**
   * Sends adapters to executors.
   *
   * @throws IllegalArgumentException if there are none, the model is not the one that all were
   *     trained on, two are of one task, or the check refuses one
   */
  static StoredAdapters of(
      SparkSession spark, List<TrainedAdapter> adapters, BaseModel model, Check check) {
    if (adapters.isEmpty()) {
      throw new IllegalArgumentException("expected at least one adapter, got none");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    StoredAdapters stored = new StoredAdapters();
    try {
      for (TrainedAdapter adapter : adapters) {
        check.require(adapter.description());
        stored.add(context, adapter, model);
      }
      return stored;
    } catch (RuntimeException e) {
      stored.close();
      throw e;
    }
  }

  /**
   * Sends another one.
   *
   * @throws IllegalArgumentException if there is one of its task, or it was trained on another
   *     model
   */
  void add(JavaSparkContext spark, TrainedAdapter adapter, BaseModel model) {
    String task = adapter.description().task();
    if (byTask.containsKey(task)) {
      throw new IllegalArgumentException("two adapters are of the task '" + task + "'; give one");
    }
    StoredAdapter before =
        owners.stream().filter(owner -> isAlike(owner, adapter)).findFirst().orElse(null);
    StoredAdapter own =
        before == null ? StoredAdapter.of(spark, adapter, model) : before.with(spark, adapter);
    if (before == null) {
      owners.add(own);
    }
    byTask.put(task, own);
  }

  /** Whether executors can share all but the parameters, as after training in one job. */
  private static boolean isAlike(StoredAdapter one, TrainedAdapter other) {
    AdapterStore.Description of = one.description();
    AdapterStore.Description its = other.description();
    return of.fingerprint().equals(its.fingerprint())
        && of.adapter().equals(its.adapter())
        && of.maxLength() == its.maxLength()
        && Arrays.equals(one.job().initial().value(), other.initial());
  }

  /** By task, in the order in which they were added. */
  Map<String, StoredAdapter> byTask() {
    return byTask;
  }

  @Override
  public void close() {
    byTask.values().stream()
        .filter(adapter -> !owners.contains(adapter))
        .forEach(adapter -> adapter.theta().destroy());
    owners.forEach(StoredAdapter::close);
  }
}
