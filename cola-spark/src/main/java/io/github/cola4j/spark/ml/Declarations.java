package io.github.cola4j.spark.ml;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.spark.data.row.Quarantine;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.TrainingConfig;
import java.util.List;

/**
 * What the params mean, which values they may have, and their defaults, which are those of the
 * records that they go into.
 */
final class Declarations {
  private Declarations() {}

  /** Those of {@link PredictionParams}. */
  static void prediction(ParamSet params) {
    params.string(
        "model",
        "location of the frozen model, as a folder or classpath:NAME",
        null,
        given -> ParamSet.requireFilled(given, "the location of a model"));
    params.oneOf(
        "compute",
        "in which type the frozen weights' products take their inputs: float32 or bfloat16",
        "float32",
        "float32",
        "bfloat16");
    params.oneOf(
        "quantize",
        "what the frozen linear layers' weights are quantised to: int8 or nf4; an empty string for"
            + " nothing",
        "",
        "",
        "int8",
        "nf4");
    params.column("textCol", "column of the text", "text");
    params.optionalColumn("textPairCol", "column of the second text, where rows are pairs");
    params.optionalColumn("taskCol", "column that names a row's task, where there are several");
    params.optionalColumn(
        "predictionCol", "added column of the likeliest class's index, a double", "prediction");
    params.optionalColumn(
        "predictedLabelCol", "added column of the likeliest class, a string", "predictedLabel");
    params.optionalColumn(
        "rawPredictionCol", "added column of the classes' logits, a vector", "rawPrediction");
    params.optionalColumn(
        "probabilityCol", "added column of the classes' probabilities, a vector", "probability");
    params.optionalColumn(
        "probabilityMapCol", "added column of a map from each class to its probability");
    params.optionalColumn(
        "reasonCol", "added column of why a row has no prediction, such as a null text");
  }

  /** Those of {@link AdapterParams}. */
  static void adapter(ParamSet params) {
    AdapterConfig defaults = AdapterConfig.defaults();
    params.string(
        "method",
        "adapter method, such as cola, lora or dora",
        defaults.method(),
        AdapterConfig::of);
    params.integer("a", "number of A matrices; unset for the method's", null, defaults::withA);
    params.integer("b", "number of B matrices; unset for the method's", null, defaults::withB);
    params.integer("rank", "rank of the matrices, 1 or more", defaults.rank(), defaults::withRank);
    params.number(
        "alpha",
        "the scaling is alpha / rank, or as the method has it; unset for 2 * rank",
        null,
        defaults::withAlpha);
    params.string(
        "pairing",
        "which A is multiplied by which B: full, random, random-reversed, heuristic or"
            + " heuristic-paper",
        defaults.pairing(),
        defaults::withPairing);
    params.string(
        "init",
        "initialiser of the matrices: pissa, split-pissa or kaiming; unset for the method's",
        null,
        defaults::withInit);
    params.number(
        "dropout",
        "probability of dropping an input of an A matrix, in [0, 1)",
        defaults.dropout(),
        defaults::withDropout);
    params.strings(
        "targets",
        "modules that are adapted: all-linear, name suffixes, or one regular expression written"
            + " regex:...",
        defaults.targets().toArray(String[]::new),
        given -> defaults.withTargets(List.of(given)));
  }

  /** Those of {@link TrainingParams}. */
  static void training(ParamSet params) {
    TrainingConfig training = TrainingConfig.defaults();
    params.integer(
        "epochs", "passes over the training examples", training.epochs(), training::withEpochs);
    params.integer(
        "batchSize",
        "examples of an optimiser step of a shard",
        training.batchSize(),
        training::withBatchSize);
    params.integer(
        "maxTokens",
        "tokens computed at a time; less needs less memory",
        training.maxTokens(),
        training::withMaxTokens);
    params.integer(
        "maxLength",
        "tokens of an example at most; longer ones are truncated",
        training.maxLength(),
        training::withMaxLength);
    declareOptimizer(params, training);
    declareRounds(params, RoundConfig.defaults());
    params.large(
        "seed", "seed of all randomness", training.seed(), given -> training.withSeed(given));
  }

  private static void declareOptimizer(ParamSet params, TrainingConfig training) {
    OptimizerConfig optimizer = training.optimizer();
    params.number(
        "learningRate",
        "learning rate of the adapters",
        optimizer.learningRate(),
        optimizer::withLearningRate);
    params.number(
        "headLearningRate",
        "learning rate of the tasks' heads",
        optimizer.headLearningRate(),
        optimizer::withHeadLearningRate);
    params.number(
        "weightDecay",
        "decoupled weight decay of adapters and heads",
        optimizer.weightDecay(),
        optimizer::withWeightDecay);
    ScheduleConfig schedule = training.schedule();
    params.string(
        "schedule",
        "the learning rate over the steps: constant, linear or cosine",
        schedule.name(),
        schedule::withName);
    params.number(
        "warmup",
        "steps of the learning rate's warm-up; below 1 a share of all steps",
        schedule.warmup(),
        schedule::withWarmup);
  }

  private static void declareRounds(ParamSet params, RoundConfig rounds) {
    params.integer(
        "examplesPerShard",
        "training examples of a shard; a task's shards are trained in parallel and averaged",
        rounds.examplesPerShard(),
        rounds::withExamplesPerShard);
    params.integer(
        "localSteps",
        "optimiser steps of a shard between two averagings; 0 is an epoch",
        rounds.localSteps(),
        rounds::withLocalSteps);
    params.integer(
        "patience",
        "validations without a better score before a task stops; 0 never stops",
        rounds.patience(),
        rounds::withPatience);
    params.string(
        "metric",
        "validation score that chooses the best round: accuracy, macroF1 or loss",
        rounds.metric(),
        rounds::withMetric);
    params.large(
        "maxBadRows",
        "rows that may be no examples, such as those with a null text; they are left out",
        (long) Quarantine.DEFAULT_MAX_BAD_ROWS,
        given -> atLeast(0, given));
    params.string(
        "checkpointDir",
        "folder of checkpoints on any Hadoop file system; an empty string for none. A fit that was"
            + " interrupted resumes when it is repeated",
        "",
        given -> given);
    params.integer(
        "checkpointInterval",
        "rounds from one checkpoint to the next",
        1,
        given -> atLeast(1, given));
  }

  private static Object atLeast(long least, long given) {
    if (given < least) {
      throw new IllegalArgumentException("expected " + least + " or more, got " + given);
    }
    return given;
  }

  /** Those of labelled rows. */
  static void labels(ParamSet params) {
    params.column("labelCol", "column of the label: a string, or the index of a class", "label");
    params.optionalColumn(
        "validationIndicatorCol",
        "column of a boolean, true where a row is for validation; without it a tenth of each"
            + " task's rows is held out");
  }
}
