package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Training of some tasks as an executor does it: workers with working memory of their own share one
 * base, a task's state is a few heap arrays, and a worker takes up one state after the other.
 */
final class SftEpoch implements AutoCloseable {
  private static final int PEAK_ROUNDS = 6;

  private final List<List<Sample>> batches;
  private final float[] initial;
  private final List<Worker> workers = new ArrayList<>();
  private final ExecutorService threads;

  /**
   * What an epoch of every task took.
   *
   * @param cpuSeconds of all threads, the JVM's own too
   * @param meanLoss of the first task, mean over its batches
   * @param timed the first worker's operations
   */
  record Measured(double seconds, double cpuSeconds, double meanLoss, TimedKernels timed) {}

  private record Worker(Pass pass, LocalTrainer trainer, TimedKernels timed) {}

  /** Workers for batches that are the same for every task. */
  SftEpoch(
      BaseModel base,
      AdaptedModules modules,
      float[] initial,
      List<List<Sample>> batches,
      int shards,
      boolean recompute,
      boolean timed) {
    this.batches = batches;
    this.initial = initial;
    OptimizerConfig optimizer = new OptimizerConfig(5e-5, 1.0, 5e-5, 0.01, 0.9, 0.999, 1e-8, 0.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withEpochs(1)
            .withOptimizer(optimizer)
            .withSchedule(new ScheduleConfig("constant", 0.0))
            .withRecompute(recompute);
    for (int w = 0; w < shards; w++) {
      TimedKernels timer =
          new TimedKernels(
              Kernels.forThread(base.transformer().type(), base.weightOptions().compute()));
      Pass pass = timed ? new Pass(base.transformer().type(), timer.kernels()) : base.newPass();
      LanguageModel model = new LanguageModel(base.decoder(), modules, initial, recompute);
      workers.add(new Worker(pass, new LocalTrainer(model, pass, config), timer));
    }
    threads = Executors.newFixedThreadPool(shards);
  }

  /** Two steps of every worker with the batch that is longest. */
  void warmUp() {
    List<Sample> longest =
        batches.stream()
            .max(Comparator.comparingInt(b -> b.stream().mapToInt(Sample::length).sum()))
            .orElseThrow();
    everyWorker(
        w -> {
          TaskState state = TaskState.initial(initial.clone());
          Shard shard = new Shard(1, w, 1, 2, longest);
          return workers.get(w).trainer().train(state, shard, 2).lossSum();
        });
    workers.forEach(worker -> worker.timed().clear());
  }

  /** The best rate of square products at the same time in all workers, together, in FLOP/s. */
  double peak(int size, Precision precision) {
    List<SquareProduct> products =
        workers.stream().map(worker -> new SquareProduct(size, precision)).toList();
    double best = 0;
    for (int round = 0; round < PEAK_ROUNDS; round++) {
      List<Double> rates =
          everyWorker(
              w -> products.get(w).rate(Kernels.forThread(workers.get(w).pass().arena().type())));
      best = Math.max(best, rates.stream().mapToDouble(Double::doubleValue).sum());
    }
    return best;
  }

  /** An epoch of one task after the other; every worker takes each nth batch. */
  Measured train(int tasks) {
    TaskState[][] states = new TaskState[tasks][workers.size()];
    for (TaskState[] ofTask : states) {
      ofTask[0] = TaskState.initial(initial.clone());
      for (int w = 1; w < workers.size(); w++) {
        ofTask[w] = ofTask[0];
      }
    }
    double[] losses = new double[tasks];
    double cpu = Machine.cpuSeconds();
    double seconds =
        Samples.seconds(
            () -> {
              for (int task = 0; task < tasks; task++) {
                TaskState[] ofTask = states[task];
                losses[task] =
                    everyWorker(w -> epoch(w, ofTask)).stream()
                        .mapToDouble(Double::doubleValue)
                        .sum();
              }
            });
    return new Measured(
        seconds, Machine.cpuSeconds() - cpu, losses[0] / batches.size(), workers.get(0).timed());
  }

  /** A worker's batches of one task; the sum of their mean losses. */
  private double epoch(int worker, TaskState[] states) {
    double sum = 0;
    for (int b = worker; b < batches.size(); b += workers.size()) {
      Shard shard = new Shard(1, worker, 1, batches.size(), batches.get(b));
      LocalTrainer.Result result =
          workers.get(worker).trainer().train(states[worker], shard, /* steps= */ 1);
      states[worker] = result.state();
      sum += result.lossSum() / result.labels();
    }
    return sum;
  }

  private interface Work {
    double of(int worker);
  }

  private List<Double> everyWorker(Work work) {
    try {
      List<Callable<Double>> calls = new ArrayList<>();
      IntStream.range(0, workers.size()).forEach(w -> calls.add(() -> work.of(w)));
      List<Double> results = new ArrayList<>();
      for (Future<Double> future : threads.invokeAll(calls)) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    threads.shutdown();
    workers.forEach(worker -> worker.pass().close());
  }
}
