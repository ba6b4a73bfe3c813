package io.github.cola4j.spark.ml.params;

import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.TrainingConfig;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * How adapters are trained: the params of a {@link TrainingConfig} and a {@link RoundConfig}, and
 * where progress is kept.
 *
 * @param <T> the stage
 */
public interface TrainingParams<T> extends SeedParams<T> {
  /** Param: passes over the examples. */
  default IntParam epochs() {
    return ParamSet.of(this, "epochs");
  }

  default int getEpochs() {
    return (int) getOrDefault(epochs());
  }

  default T setEpochs(int value) {
    return ParamSet.set(this, epochs(), value);
  }

  /** Param: examples of a step. */
  default IntParam batchSize() {
    return ParamSet.of(this, "batchSize");
  }

  default int getBatchSize() {
    return (int) getOrDefault(batchSize());
  }

  default T setBatchSize(int value) {
    return ParamSet.set(this, batchSize(), value);
  }

  /** Param: tokens computed at a time. */
  default IntParam maxTokens() {
    return ParamSet.of(this, "maxTokens");
  }

  default int getMaxTokens() {
    return (int) getOrDefault(maxTokens());
  }

  default T setMaxTokens(int value) {
    return ParamSet.set(this, maxTokens(), value);
  }

  /** Param: tokens of an example at most. */
  default IntParam maxLength() {
    return ParamSet.of(this, "maxLength");
  }

  default int getMaxLength() {
    return (int) getOrDefault(maxLength());
  }

  default T setMaxLength(int value) {
    return ParamSet.set(this, maxLength(), value);
  }

  /** Param: learning rate of the adapters. */
  default DoubleParam learningRate() {
    return ParamSet.of(this, "learningRate");
  }

  default double getLearningRate() {
    return (double) getOrDefault(learningRate());
  }

  default T setLearningRate(double value) {
    return ParamSet.set(this, learningRate(), value);
  }

  /** Param: learning rate of the heads. */
  default DoubleParam headLearningRate() {
    return ParamSet.of(this, "headLearningRate");
  }

  default double getHeadLearningRate() {
    return (double) getOrDefault(headLearningRate());
  }

  default T setHeadLearningRate(double value) {
    return ParamSet.set(this, headLearningRate(), value);
  }

  /** Param: decoupled weight decay. */
  default DoubleParam weightDecay() {
    return ParamSet.of(this, "weightDecay");
  }

  default double getWeightDecay() {
    return (double) getOrDefault(weightDecay());
  }

  default T setWeightDecay(double value) {
    return ParamSet.set(this, weightDecay(), value);
  }

  /** Param: learning rate over the steps. */
  default Param<String> schedule() {
    return ParamSet.of(this, "schedule");
  }

  default String getSchedule() {
    return getOrDefault(schedule());
  }

  default T setSchedule(String value) {
    return ParamSet.set(this, schedule(), value);
  }

  /** Param: steps of the warm-up. */
  default DoubleParam warmup() {
    return ParamSet.of(this, "warmup");
  }

  default double getWarmup() {
    return (double) getOrDefault(warmup());
  }

  default T setWarmup(double value) {
    return ParamSet.set(this, warmup(), value);
  }

  /** Param: training examples of a shard. */
  default IntParam examplesPerShard() {
    return ParamSet.of(this, "examplesPerShard");
  }

  default int getExamplesPerShard() {
    return (int) getOrDefault(examplesPerShard());
  }

  default T setExamplesPerShard(int value) {
    return ParamSet.set(this, examplesPerShard(), value);
  }

  /** Param: steps between two averagings. */
  default IntParam localSteps() {
    return ParamSet.of(this, "localSteps");
  }

  default int getLocalSteps() {
    return (int) getOrDefault(localSteps());
  }

  default T setLocalSteps(int value) {
    return ParamSet.set(this, localSteps(), value);
  }

  /** Param: validations without a better score before a task stops. */
  default IntParam patience() {
    return ParamSet.of(this, "patience");
  }

  default int getPatience() {
    return (int) getOrDefault(patience());
  }

  default T setPatience(int value) {
    return ParamSet.set(this, patience(), value);
  }

  /** Param: validation score. */
  default Param<String> metric() {
    return ParamSet.of(this, "metric");
  }

  default String getMetric() {
    return getOrDefault(metric());
  }

  default T setMetric(String value) {
    return ParamSet.set(this, metric(), value);
  }

  /** Param: rows that may be no examples. */
  default LongParam maxBadRows() {
    return ParamSet.of(this, "maxBadRows");
  }

  default long getMaxBadRows() {
    return (long) getOrDefault(maxBadRows());
  }

  default T setMaxBadRows(long value) {
    return ParamSet.set(this, maxBadRows(), value);
  }

  /** Param: folder of checkpoints. */
  default Param<String> checkpointDir() {
    return ParamSet.of(this, "checkpointDir");
  }

  default String getCheckpointDir() {
    return getOrDefault(checkpointDir());
  }

  default T setCheckpointDir(String value) {
    return ParamSet.set(this, checkpointDir(), value);
  }

  /** Param: rounds from one checkpoint to the next. */
  default IntParam checkpointInterval() {
    return ParamSet.of(this, "checkpointInterval");
  }

  default int getCheckpointInterval() {
    return (int) getOrDefault(checkpointInterval());
  }

  default T setCheckpointInterval(int value) {
    return ParamSet.set(this, checkpointInterval(), value);
  }

  /**
   * How a task is trained.
   *
   * @throws IllegalArgumentException if the params do not go together
   */
  default TrainingConfig trainingConfig() {
    return TrainingConfig.defaults()
        .withEpochs(getEpochs())
        .withBatchSize(getBatchSize())
        .withMaxTokens(getMaxTokens())
        .withMaxLength(getMaxLength())
        .withOptimizer(
            OptimizerConfig.defaults()
                .withLearningRate(getLearningRate())
                .withHeadLearningRate(getHeadLearningRate())
                .withWeightDecay(getWeightDecay()))
        .withSchedule(ScheduleConfig.defaults().withName(getSchedule()).withWarmup(getWarmup()))
        .withSeed(getSeed());
  }

  /**
   * How training is spread over shards and rounds.
   *
   * @throws IllegalArgumentException if the params do not go together
   */
  default RoundConfig roundConfig() {
    return RoundConfig.defaults()
        .withExamplesPerShard(getExamplesPerShard())
        .withLocalSteps(getLocalSteps())
        .withPatience(getPatience())
        .withMetric(getMetric());
  }
}
