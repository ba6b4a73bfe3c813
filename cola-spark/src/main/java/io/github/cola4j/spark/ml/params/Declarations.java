package io.github.cola4j.spark.ml.params;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.preference.PreferenceConfig;
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
public final class Declarations {
  private Declarations() {}

  /** Those of {@link StageParams}. */
  private static void stage(ParamSet params) {
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
    params.optionalColumn("taskCol", "column that names a row's task, where there are several");
    params.optionalColumn(
        "reasonCol", "added column of why a row has no prediction or answer, such as a null text");
  }

  /** Those of {@link PredictionParams}. */
  public static void prediction(ParamSet params) {
    stage(params);
    params.column("textCol", "column of the text", "text");
    params.optionalColumn("textPairCol", "column of the second text, where rows are pairs");
    params.optionalColumn(
        "imageCol",
        "column of the image, where rows are images: bytes of a PNG or JPEG, or a struct of Spark's"
            + " image source");
    params.optionalColumn(
        "predictionCol",
        "added column of the likeliest class's index, a double; of several labels their indices, an"
            + " array of doubles; of a regression the number",
        "prediction");
    params.optionalColumn(
        "predictedLabelCol",
        "added column of the likeliest class, a string; of several labels an array of strings; none"
            + " of a regression",
        "predictedLabel");
    params.optionalColumn(
        "rawPredictionCol",
        "added column of the classes' logits, a vector; none of a regression",
        "rawPrediction");
    params.optionalColumn(
        "probabilityCol",
        "added column of the classes' probabilities, a vector; none of a regression",
        "probability");
    params.optionalColumn(
        "probabilityMapCol", "added column of a map from each class to its probability");
  }

  /** Those of {@link AdapterParams}. */
  private static void adapter(ParamSet params) {
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
        "initialiser of the matrices: pissa, split-pissa, kaiming, loftq or qpissa; unset for the method's",
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

  /** Those of {@link FitParams}. */
  public static void fit(ParamSet params) {
    adapter(params);
    training(params);
    params.optionalColumn(
        "validationIndicatorCol",
        "column of a boolean, true where a row is for validation; without it a tenth of each"
            + " task's rows is held out");
  }

  /** Those of {@link TrainingParams}. */
  private static void training(ParamSet params) {
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
    seed(params);
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
        "validation score that chooses the round to keep: accuracy, macroF1 or loss; or last",
        rounds.metric(),
        rounds::withMetric);
    params.large(
        "maxBadRows",
        "rows that may be no examples, such as those with a null text; they are left out",
        (long) Quarantine.DEFAULT_MAX_BAD_ROWS,
        given -> ParamSet.atLeast(0, given));
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
        given -> ParamSet.atLeast(1, given));
  }

  /** Those of labelled rows. */
  public static void labels(ParamSet params) {
    params.column(
        "labelCol",
        "column of the label: a string, or the index of a class; of several labels an array of"
            + " strings; of a regression a number",
        "label");
    params.oneOf(
        "problemType",
        "what labels are: single-label, a class; multi-label, any of the classes; or regression, a"
            + " number",
        "single-label",
        "single-label",
        "multi-label",
        "regression");
    params.optionalColumn(
        "weightCol",
        "column of how much a row counts in training, 0 or more; without it all count alike");
  }

  /** Those of {@link TokenParams}. */
  public static void tokens(ParamSet params) {
    params.string(
        "tokenMerging",
        "of vision transformers how many tokens each block merges: numbers with commas between"
            + " them, low or high; an empty string for none",
        "",
        given -> given.isEmpty() ? given : new TokenMerging(TokenMerging.counts(given)));
    params.truth(
        "tokenModulation",
        "whether tokens are modulated before they are merged, by parameters of each block",
        false);
  }

  /** Those of {@link DialogueParams} and {@link GenerationParams}, the seed apart. */
  public static void generation(ParamSet params) {
    stage(params);
    params.column(
        "messagesCol",
        "column of the messages: an array of structs with role and content, or such a list as JSON",
        "messages");
    params.optionalColumn(
        "instructionCol", "column of the instruction, where rows have no messages");
    params.column(
        "inputCol", "column of the instruction's input, read where rows have it", "input");
    params.column("answerCol", "added column of the generated answer, a string", "answer");
    params.optionalColumn(
        "cutCol",
        "added column of whether the answer was cut at maxNewTokens or the model's last position,"
            + " a boolean");
    Sampling sampling = Sampling.defaults();
    params.integer(
        "maxNewTokens",
        "tokens of an answer at most",
        sampling.maxNewTokens(),
        sampling::withMaxNewTokens);
    params.number(
        "temperature",
        "0 takes the likeliest token, more draws more freely",
        sampling.temperature(),
        sampling::withTemperature);
    params.number(
        "topP",
        "draws from the likeliest tokens alone, whose probabilities add up to this",
        sampling.topP(),
        sampling::withTopP);
    params.strings(
        "stop",
        "texts that end an answer and are not part of it",
        new String[0],
        given -> sampling.withStop(List.of(given)));
  }

  /** That of {@link SeedParams}. */
  public static void seed(ParamSet params) {
    TrainingConfig training = TrainingConfig.defaults();
    params.large("seed", "seed of all randomness", training.seed(), training::withSeed);
  }

  /** Those of {@link PromptParams}. */
  public static void prompt(ParamSet params) {
    PromptConfig prompt = PromptConfig.defaults();
    params.column(
        "outputCol", "column of the right answer to an instruction, read by fit", "output");
    params.optionalColumn(
        "textCol",
        "column of a text, read by fit in the place of dialogues: all of it is learnt as it is");
    params.column(
        "promptCol",
        "column of what a preference's answers are to, read by fit where rows have it; else they"
            + " share a beginning",
        "prompt");
    params.optionalColumn(
        "chosenCol",
        "column of the preferred one of two answers, read by fit: preferences are learnt, by DPO");
    params.column(
        "rejectedCol", "column of the other answer, read by fit with chosenCol", "rejected");
    PreferenceConfig preference = PreferenceConfig.defaults();
    params.number(
        "beta",
        "of preferences, how far the model is held to the frozen one, above 0",
        preference.beta(),
        preference::withBeta);
    params.number(
        "labelSmoothing",
        "of preferences, how likely one is the wrong way round, in [0, 0.5)",
        preference.labelSmoothing(),
        preference::withLabelSmoothing);
    params.string(
        "template",
        "how dialogues are written: " + String.join(", ", PromptTemplates.NAMES),
        prompt.template(),
        prompt::withTemplate);
    params.truth(
        "trainOnPrompt",
        "whether prompts are learnt too, not only answers",
        prompt.trainOnPrompt());
    params.string(
        "templateDate",
        "what a template that writes today's date writes, as 2024-07-26",
        prompt.date(),
        prompt::withDate);
    params.oneOf(
        "thinking",
        "whether the assistant thinks before it answers: on or off, or as the model's template does"
            + " by default; off leaves reasoning out of answers",
        "template",
        "template",
        "on",
        "off");
    params.truth(
        "controlTokens",
        "whether the texts of special tokens in messages that are not the assistant's control the"
            + " model; else they are plain text",
        prompt.controlTokens());
  }
}
