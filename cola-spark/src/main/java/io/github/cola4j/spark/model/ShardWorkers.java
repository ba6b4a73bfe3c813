package io.github.cola4j.spark.model;

import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Objective;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Working memory that outlives a Spark task, so that a round finds the pages of the one before. A
 * worker keeps no values from one use to the next.
 */
public final class ShardWorkers {
  private String job = "";
  private final Map<Kind, ArrayDeque<Worker>> idle = new HashMap<>();

  /**
   * Tasks that may use the same worker.
   *
   * @param classes of the head; 0 for none
   * @param problem what labels are
   * @param pooling null where no text is classified
   * @param preference null where no preferences are learnt
   */
  public record Kind(
      int classes, ProblemType problem, Pooling pooling, PreferenceConfig preference) {
    private static Kind of(Objective<?> objective) {
      return new Kind(
          objective.classes().size(),
          objective.problem(),
          objective.pooling(),
          objective.preference());
    }
  }

  /** One thread's model of tasks of a kind, its working memory and trainer. */
  public record Worker(String job, Kind kind, TaskModel model, Pass pass, LocalTrainer trainer)
      implements AutoCloseable {
    @Override
    public void close() {
      pass.close();
    }
  }

  /** An idle worker, or a new one; give it back with {@link #release}. */
  public Worker acquire(TrainingContext spec, FrozenModel base, Objective<?> objective) {
    Kind kind = Kind.of(objective);
    synchronized (this) {
      if (!spec.id().equals(job)) {
        idle.values().forEach(workers -> workers.forEach(Worker::close));
        idle.clear();
        job = spec.id();
      }
      Worker worker = idle.computeIfAbsent(kind, k -> new ArrayDeque<>()).poll();
      if (worker != null) {
        return worker;
      }
    }
    TaskModel model =
        objective.model(base, spec.modules(base), spec.initial().value(), spec.training());
    Pass pass = base.newPass();
    return new Worker(spec.id(), kind, model, pass, new LocalTrainer(model, pass, spec.training()));
  }

  /** Takes back a worker whose use ended well. */
  public synchronized void release(Worker worker) {
    if (worker.job().equals(job)) {
      idle.computeIfAbsent(worker.kind(), k -> new ArrayDeque<>()).push(worker);
    } else {
      worker.close();
    }
  }
}
