package io.github.cola4j.spark.compare;

import io.github.cola4j.spark.job.TaskResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Results by method, number of training examples and seed; and what their means are. */
final class ComparisonTable {
  private final List<String> methods;
  private final List<Integer> samples;
  private final List<RunResult> results;

  /**
   * A table.
   *
   * @param methods the first is what differences are taken to
   * @param results every run; a baseline that they have becomes a row of its own
   */
  ComparisonTable(List<String> methods, List<Integer> samples, List<RunResult> results) {
    List<RunResult> baselines =
        results.stream().filter(RunResult::hasBaseline).map(RunResult::baseline).toList();
    this.methods = new ArrayList<>(methods);
    if (!baselines.isEmpty()) {
      this.methods.add(RunResult.LINEAR_PROBE);
    }
    this.samples = samples;
    this.results = Stream.concat(results.stream(), baselines.stream()).toList();
  }

  /** The rows. */
  List<String> methods() {
    return methods;
  }

  List<Integer> samples() {
    return samples;
  }

  List<RunResult> results() {
    return results;
  }

  List<String> tasks() {
    return results.get(0).tasks().stream().map(TaskResult::task).toList();
  }

  /** The runs of a method and a number of examples, in the order of the seeds. */
  List<RunResult> runs(String method, int count) {
    return results.stream().filter(r -> r.method().equals(method) && r.samples() == count).toList();
  }

  /** Accuracy over seeds. */
  Estimate accuracy(String method, int count, List<String> of) {
    return estimate(method, count, run -> accuracy(run, of));
  }

  /**
   * Accuracy less that of the first method, seed by seed: both have the same examples, so what
   * makes these easy or hard falls out.
   */
  Estimate difference(String method, int count, List<String> of) {
    List<RunResult> first = runs(methods.get(0), count);
    List<RunResult> own = runs(method, count);
    double[] differences = new double[own.size()];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = accuracy(own.get(i), of) - accuracy(first.get(i), of);
    }
    return Estimate.of(differences);
  }

  /** A cost over seeds. */
  Estimate estimate(String method, int count, ToDoubleFunction<RunResult> what) {
    return Estimate.of(runs(method, count).stream().mapToDouble(what).toArray());
  }

  /** Mean over tasks. */
  private static double accuracy(RunResult run, List<String> of) {
    return of.stream().mapToDouble(run::accuracy).average().orElseThrow();
  }
}
