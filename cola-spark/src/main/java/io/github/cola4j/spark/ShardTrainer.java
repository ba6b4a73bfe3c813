package io.github.cola4j.spark;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.MultipleChoicePrompt;
import io.github.cola4j.data.PromptConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.train.ChoiceScorer;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LanguageModeling;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import java.util.List;
import java.util.function.Function;

/** What an executor does with a shard: pure functions of their arguments. */
final class ShardTrainer {
  private ShardTrainer() {}

  /** Trains some steps from a state on. */
  static LocalTrainer.Result train(
      ShardJob job, Objective<?> objective, TaskState state, Shard shard, LocalSteps steps) {
    return with(job, objective, worker -> worker.trainer().train(state, shard, steps));
  }

  /** The gradient of the step that comes after a state. */
  static LocalTrainer.Gradient gradient(
      ShardJob job, Objective<?> objective, TaskState state, Shard shard) {
    return with(job, objective, worker -> worker.trainer().gradient(state, shard));
  }

  /** Evaluates parameters on labelled samples. */
  static Evaluation evaluate(
      ShardJob job, Objective<?> objective, float[] theta, List<Sample> samples) {
    return with(
        job,
        objective,
        worker ->
            Evaluation.of(
                worker.model(), worker.pass(), theta, samples, job.training().maxTokens()));
  }

  /** The logits of a classifier's samples. */
  static float[][] logits(
      ShardJob job, Objective<?> objective, float[] theta, List<Sample> samples) {
    return with(
        job,
        objective,
        worker ->
            ((TextClassifier) worker.model())
                .logits(worker.pass(), theta, samples, job.training().maxTokens()));
  }

  /** Answers multiple-choice questions with a language model. */
  static Evaluation score(
      ShardJob job,
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
      ShardJob job, Objective<?> objective, Function<ShardWorkers.Worker, T> use) {
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
