package io.github.cola4j.spark.ml.sweep;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.PreparedTasks;
import io.github.cola4j.spark.ml.fit.FitResult;
import io.github.cola4j.spark.ml.fit.FitTable;
import io.github.cola4j.spark.ml.params.FitParams;
import io.github.cola4j.spark.training.TaskData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains candidates on one frozen model and the same shards by successive halving. A candidate is a
 * training of its own, which stands still at the end of a rung until it is known who climbs on: so
 * one that is never dropped is trained as it would be alone, to the bit.
 */
public final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  private final SparkSession spark;
  private final List<MultiTaskTrainer> trainers = new ArrayList<>();
  private final List<PreparedTasks> prepared = new ArrayList<>();

  private Sweep(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * What a sweep gave.
   *
   * @param best the candidate's number
   * @param fit its training
   * @param standings of all, by rung and candidate
   */
  public record Result(int best, FitResult fit, List<Standing> standings) {}

  /**
   * Trains.
   *
   * @param candidates of the same frozen model
   * @param table the rows that they are fitted to
   * @param atOnce how many are trained at a time
   * @throws IllegalStateException if all of them diverge
   */
  public static Result run(
      SparkSession spark,
      BaseModel base,
      List<? extends FitParams<?>> candidates,
      FitTable<?> table,
      Rungs rungs,
      int atOnce) {
    Sweep sweep = new Sweep(spark);
    try {
      List<? extends TaskData<?>> tasks = table.tasks();
      List<Candidate> all = new ArrayList<>();
      Halving halving = new Halving(rungs, candidates.size(), atOnce);
      for (FitParams<?> candidate : candidates) {
        MultiTaskTrainer trainer = sweep.trainer(base, candidate);
        all.add(new Candidate(all.size(), trainer, sweep.prepared(trainer, tasks), rungs, halving));
      }
      sweep.train(all, halving);
      return result(all, table);
    } finally {
      sweep.prepared.forEach(PreparedTasks::close);
    }
  }

  /** With the starting values of one of the same adapters, if there is one. */
  private MultiTaskTrainer trainer(BaseModel base, FitParams<?> candidate) {
    MultiTaskTrainer trainer =
        trainers.stream()
            .filter(other -> other.modules().config().equals(candidate.adapterConfig()))
            .findFirst()
            .map(other -> other.with(candidate.trainingConfig(), candidate.roundConfig()))
            .orElseGet(
                () ->
                    new MultiTaskTrainer(
                        spark,
                        base,
                        candidate.adapterConfig(),
                        candidate.trainingConfig(),
                        candidate.roundConfig()));
    trainers.add(trainer);
    return trainer;
  }

  private PreparedTasks prepared(MultiTaskTrainer trainer, List<? extends TaskData<?>> tasks) {
    return prepared.stream()
        .filter(trainer::fits)
        .findFirst()
        .orElseGet(
            () -> {
              PreparedTasks own = trainer.prepare(tasks);
              prepared.add(own);
              return own;
            });
  }

  /** Each candidate on a thread, which inherits Spark's local properties. */
  private void train(List<Candidate> all, Halving halving) {
    List<Thread> threads =
        all.stream().map(each -> new Thread(each, "cola-candidate-" + each.number())).toList();
    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          halving.fail(e);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable failure = halving.failure();
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw new IllegalStateException("the sweep was stopped: " + failure.getMessage(), failure);
    }
  }

  private static Result result(List<Candidate> all, FitTable<?> table) {
    Candidate best =
        all.stream()
            .filter(candidate -> candidate.trained() != null)
            .min(Comparator.comparingDouble(Candidate::finalLoss))
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "all candidates diverged, the first one as " + all.get(0).diverged()));
    best.win();
    List<Standing> standings =
        all.stream()
            .flatMap(candidate -> candidate.standings().stream())
            .sorted(Comparator.comparingInt(Standing::rung).thenComparing(Standing::candidate))
            .toList();
    standings.forEach(standing -> LOG.info("{}", standing));
    FitResult fit = new FitResult(best.rounds(), best.trained(), table.badByKind());
    return new Result(best.number(), fit, standings);
  }
}
