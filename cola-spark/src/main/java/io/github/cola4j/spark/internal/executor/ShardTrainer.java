package io.github.cola4j.spark.internal.executor;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.MultipleChoicePrompt;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ShardWorkers;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.train.ChoiceScorer;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LanguageModeling;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What an executor does with a shard: pure functions of their arguments. */
public final class ShardTrainer {
  private ShardTrainer() {}

  /**
   * Trains some steps from a state on.
   *
   * @param lossLimit the mean loss at most, as a multiple of a uniform guess's
   * @throws DivergedException if a loss or a parameter is not finite, or the loss is above the
   *     limit
   */
  public static LocalTrainer.Result train(
      TrainingContext job,
      Objective<?> objective,
      TaskState state,
      Shard shard,
      LocalSteps steps,
      double lossLimit) {
    return with(
        job,
        objective,
        worker -> {
          LocalTrainer.Result result = worker.trainer().train(state, shard, steps);
          requireSound(result, lossLimit * worker.model().uniformLoss());
          return result;
        });
  }

  /** Refuses numbers that an average must not take up. */
  public static void requireSound(LocalTrainer.Result result, double mostLoss) {
    TaskState after = result.state();
    requireSound(
        after.step(),
        mean(result.lossSum(), result.labels()),
        mostLoss,
        after.theta(),
        after.m(),
        after.v());
  }

  private static double mean(double lossSum, double labels) {
    return lossSum / (labels == 0 ? 1 : labels);
  }

  private static void requireSound(int step, double loss, double mostLoss, float[]... vectors) {
    if (loss > mostLoss) {
      throw new DivergedException(
          String.format(
              Locale.ROOT,
              "the mean loss of its steps up to %d is %.4g, above the %.4g of spark.lossLimit;"
                  + " lower the learning rate, or look at its examples",
              step,
              loss,
              mostLoss));
    }
    for (float[] vector : vectors) {
      for (float value : vector) {
        if (!Float.isFinite(value)) {
          throw new DivergedException(
              "a parameter, moment or gradient is "
                  + value
                  + " after step "
                  + step
                  + "; lower the learning rate, or look at its examples");
        }
      }
    }
  }

  /** The gradient of the step that comes after a state; otherwise as {@link #train}. */
  public static LocalTrainer.Gradient gradient(
      TrainingContext job, Objective<?> objective, TaskState state, Shard shard, double lossLimit) {
    return with(
        job,
        objective,
        worker -> {
          LocalTrainer.Gradient gradient = worker.trainer().gradient(state, shard);
          requireSound(
              state.step() + 1,
              mean(gradient.lossSum(), gradient.labels()),
              lossLimit * worker.model().uniformLoss(),
              gradient.mean());
          return gradient;
        });
  }

  /** Evaluates parameters on labelled samples. */
  public static Evaluation evaluate(
      TrainingContext job, Objective<?> objective, float[] theta, List<Sample> samples) {
    return with(
        job,
        objective,
        worker ->
            Evaluation.of(
                worker.model(), worker.pass(), theta, samples, job.training().maxTokens()));
  }

  /** The logits of a classifier's samples. */
  public static float[][] logits(
      TrainingContext job, Objective<?> objective, float[] theta, List<Sample> samples) {
    return with(
        job,
        objective,
        worker ->
            ((TextClassifier) worker.model())
                .logits(worker.pass(), theta, samples, job.training().maxTokens()));
  }

  /** Answers multiple-choice questions with a language model. */
  public static Evaluation score(
      TrainingContext job,
      LanguageModeling objective,
      float[] theta,
      MultipleChoicePrompt prompt,
      PromptConfig template,
      List<MultipleChoice> questions) {
    BaseModel base = BaseModelCache.get(job.model());
    ChoiceScorer scorer = new ChoiceScorer(base, prompt, template, job.training().maxTokens());
    return with(
        job,
        objective,
        worker -> {
          worker.model().theta().set(theta);
          worker.pass().startEvaluation();
          worker.model().refresh(worker.pass(), 0, false);
          return scorer.score((LanguageModel) worker.model(), worker.pass(), questions);
        });
  }

  private static <T> T with(
      TrainingContext job, Objective<?> objective, Function<ShardWorkers.Worker, T> use) {
    BaseModelCache.Entry entry = BaseModelCache.entry(job.model());
    ShardWorkers.Worker worker = entry.workers().acquire(job, entry.model(), objective);
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
