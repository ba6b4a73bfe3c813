package io.github.cola4j.spark.internal.round;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.github.cola4j.spark.internal.state.TaskPlan;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;

/**
 * The newest round as gauges of Spark's metrics system, from which every sink that {@code
 * metrics.properties} names takes them: {@code <application>.driver.cola4j.<gauge>}. Gauges of
 * tasks are {@code task.<name>.…}, for the first {@value #MOST_TASKS} tasks.
 */
final class RoundSource implements Source, AutoCloseable {
  static final String NAME = "cola4j";
  static final int MOST_TASKS = 100;

  private final MetricRegistry registry = new MetricRegistry();
  private final Map<String, RoundMetrics> tasks = new ConcurrentHashMap<>();
  private final Map<String, RoundMetrics> validated = new ConcurrentHashMap<>();
  private volatile RoundMetrics newest;

  /** Registers the gauges, all of them 0 before the first round. */
  RoundSource(Iterable<TaskPlan> all) {
    gauge("round", RoundMetrics::round);
    gauge("examplesPerSecond", RoundMetrics::examplesPerSecond);
    gauge("secondsLeft", RoundMetrics::secondsLeft);
    gauge("seconds", RoundMetrics::seconds);
    gauge("seconds.train", m -> m.time().train());
    gauge("seconds.wait", m -> m.time().waiting());
    gauge("seconds.reduce", m -> m.time().reduce());
    gauge("seconds.broadcast", m -> m.time().broadcast());
    gauge("seconds.validate", m -> m.time().validate());
    gauge("seconds.checkpoint", m -> m.time().checkpoint());
    mean("loss", tasks, RoundMetrics::loss);
    mean("validationLoss", validated, RoundMetrics::validationLoss);
    mean("accuracy", validated, RoundMetrics::accuracy);
    for (TaskPlan task : all) {
      if (task.index() < MOST_TASKS) {
        String name = task.name();
        task(name, "step", tasks, RoundMetrics::step);
        task(name, "loss", tasks, RoundMetrics::loss);
        task(name, "validationLoss", validated, RoundMetrics::validationLoss);
        task(name, "accuracy", validated, RoundMetrics::accuracy);
      }
    }
    SparkEnv.get().metricsSystem().registerSource(this);
  }

  private void gauge(String name, ToDoubleFunction<RoundMetrics> value) {
    register(
        name,
        () -> {
          RoundMetrics metrics = newest;
          return metrics == null ? 0 : value.applyAsDouble(metrics);
        });
  }

  /** The mean of the tasks' newest values. */
  private void mean(
      String name, Map<String, RoundMetrics> of, ToDoubleFunction<RoundMetrics> value) {
    register(name, () -> of.values().stream().mapToDouble(value).average().orElse(0));
  }

  private void task(
      String task,
      String name,
      Map<String, RoundMetrics> of,
      ToDoubleFunction<RoundMetrics> value) {
    register(
        "task." + task + "." + name,
        () -> {
          RoundMetrics metrics = of.get(task);
          return metrics == null ? 0 : value.applyAsDouble(metrics);
        });
  }

  private void register(String name, Gauge<Double> gauge) {
    registry.register(name, gauge);
  }

  void update(RoundMetrics metrics) {
    tasks.put(metrics.task(), metrics);
    if (metrics.validated()) {
      validated.put(metrics.task(), metrics);
    }
    newest = metrics;
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }

  @Override
  public void close() {
    SparkEnv env = SparkEnv.get();
    if (env != null) { // else the session was closed meanwhile
      env.metricsSystem().removeSource(this);
    }
  }
}
