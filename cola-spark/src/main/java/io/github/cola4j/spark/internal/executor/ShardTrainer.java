package io.github.cola4j.spark.internal.executor;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.MultipleChoicePrompt;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ShardWorkers;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.spark.training.Mistake;
import io.github.cola4j.spark.training.TestedTask;
import io.github.cola4j.train.DivergedException;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.JointTrainer;
import io.github.cola4j.train.LocalSteps;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Objective;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.language.ChoiceScorer;
import io.github.cola4j.train.language.LanguageModeling;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

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

  /** A shard's round. */
  public record Run(Objective<?> objective, JointTrainer.Assignment shard) {}

  /**
   * As {@link #train}, of several shards, whose batches are computed together where their models
   * can be; those that cannot are trained one after the other.
   *
   * @param maxTokens computed together
   * @return what became of each, in their order
   */
  public static List<JointTrainer.Outcome> trainTogether(
      TrainingContext job, List<Run> runs, double lossLimit, int maxTokens) {
    return withAll(
        job,
        runs.stream().map(Run::objective).toList(),
        workers -> {
          List<JointTrainer.Outcome> outcomes = new ArrayList<>();
          int from = 0;
          while (from < runs.size()) {
            int to = from + 1;
            while (to < runs.size() && workers.get(from).model().joins(workers.get(to).model())) {
              to++;
            }
            outcomes.addAll(
                trainJoined(
                    workers.subList(from, to), runs.subList(from, to), lossLimit, maxTokens));
            from = to;
          }
          return outcomes;
        });
  }

  private static List<JointTrainer.Outcome> trainJoined(
      List<ShardWorkers.Worker> workers, List<Run> runs, double lossLimit, int maxTokens) {
    List<JointTrainer.Assignment> shards = runs.stream().map(Run::shard).toList();
    List<JointTrainer.Outcome> trained =
        workers.size() == 1
            ? List.of(alone(workers.get(0), shards.get(0)))
            : new JointTrainer(
                    workers.stream().map(ShardWorkers.Worker::trainer).toList(), maxTokens)
                .train(shards);
    List<JointTrainer.Outcome> sound = new ArrayList<>();
    for (int i = 0; i < trained.size(); i++) {
      double most = lossLimit * workers.get(i).model().uniformLoss();
      sound.add(sound(trained.get(i), most));
    }
    return sound;
  }

  private static JointTrainer.Outcome alone(
      ShardWorkers.Worker worker, JointTrainer.Assignment shard) {
    try {
      return new JointTrainer.Outcome(
          worker.trainer().train(shard.state(), shard.shard(), shard.round()), null);
    } catch (DivergedException e) {
      return new JointTrainer.Outcome(null, e);
    }
  }

  private static JointTrainer.Outcome sound(JointTrainer.Outcome outcome, double mostLoss) {
    if (outcome.diverged() != null) {
      return outcome;
    }
    try {
      requireSound(outcome.result(), mostLoss);
      return outcome;
    } catch (DivergedException e) {
      return new JointTrainer.Outcome(null, e);
    }
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

  /**
   * What a classifier got wrong, the most confident first.
   *
   * @param most of them; 0 computes nothing
   */
  public static List<Mistake> mistakes(
      TrainingContext job, Objective<?> objective, float[] theta, List<Sample> samples, int most) {
    List<String> classes = objective.classes();
    boolean classified = objective.counted() == ProblemType.SINGLE_LABEL;
    if (most == 0 || !classified || !(samples.get(0).input() instanceof Sample.Tokens)) {
      return List.of();
    }
    float[][] logits = logits(job, objective, theta, samples);
    Tokenizer tokenizer = BaseModelCache.get(job.model()).textTokenizer();
    return TestedTask.mostConfident(
        IntStream.range(0, samples.size())
            .filter(s -> samples.get(s).labels()[0] != Sample.IGNORED)
            .filter(s -> Answers.argMax(logits[s]) != samples.get(s).labels()[0])
            .mapToObj(s -> mistake(tokenizer, classes, samples.get(s), logits[s])),
        most);
  }

  private static Mistake mistake(
      Tokenizer tokenizer, List<String> classes, Sample sample, float[] logits) {
    int answer = Answers.argMax(logits);
    String pair = text(tokenizer, sample, 1);
    return new Mistake(
        text(tokenizer, sample, 0),
        pair.isEmpty() ? null : pair,
        classes.get(sample.labels()[0]),
        classes.get(answer),
        Answers.probabilities(logits)[answer]);
  }

  private static String text(Tokenizer tokenizer, Sample sample, int segment) {
    int[] types = sample.typeIds();
    int[] ids =
        IntStream.range(0, types.length)
            .filter(t -> types[t] == segment)
            .map(t -> sample.ids()[t])
            .toArray();
    return tokenizer.decode(ids, false).strip();
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
    return withAll(job, List.of(objective), workers -> use.apply(workers.get(0)));
  }

  /** A worker for each objective; where their use fails, none is used again. */
  private static <T> T withAll(
      TrainingContext job,
      List<? extends Objective<?>> objectives,
      Function<List<ShardWorkers.Worker>, T> use) {
    BaseModelCache.Entry entry = BaseModelCache.entry(job.model());
    List<ShardWorkers.Worker> workers = new ArrayList<>();
    boolean done = false;
    try {
      for (Objective<?> objective : objectives) {
        workers.add(entry.workers().acquire(job, entry.model(), objective));
      }
      T result = use.apply(workers);
      done = true;
      return result;
    } finally {
      for (ShardWorkers.Worker worker : workers) {
        if (done) {
          entry.workers().release(worker);
        } else {
          worker.close();
        }
      }
    }
  }
}
