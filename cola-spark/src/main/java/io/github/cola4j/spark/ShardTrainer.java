package io.github.cola4j.spark;

import io.github.cola4j.data.Sample;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import java.util.List;
import java.util.function.Function;

/** What an executor does with a shard: pure functions of their arguments. */
final class ShardTrainer {
  private ShardTrainer() {}

  /** Trains some steps from a state on. */
  static LocalTrainer.Result train(
      ShardJob job, int classes, TaskState state, Shard shard, int steps) {
    return with(job, classes, worker -> worker.trainer().train(state, shard, steps));
  }

  /** Evaluates parameters on labelled samples. */
  static Evaluation evaluate(ShardJob job, int classes, float[] theta, List<Sample> samples) {
    return with(
        job,
        classes,
        worker ->
            Evaluation.of(
                worker.classifier(), worker.pass(), theta, samples, job.training().maxTokens()));
  }

  /** The logits of samples. */
  static float[][] logits(ShardJob job, int classes, float[] theta, List<Sample> samples) {
    return with(
        job,
        classes,
        worker ->
            Evaluation.logits(
                worker.classifier(), worker.pass(), theta, samples, job.training().maxTokens()));
  }

  private static <T> T with(ShardJob job, int classes, Function<ShardWorkers.Worker, T> use) {
    BaseModelCache.Entry entry = BaseModelCache.entry(job.model());
    ShardWorkers.Worker worker = entry.workers().acquire(job, entry.model(), classes);
    boolean done = false;
    try {
      T result = use.apply(worker);
      done = true;
      return result;
    } finally {
      if (done) {
        entry.workers().release(worker);
      } else {
        worker.close();
      }
    }
  }
}
