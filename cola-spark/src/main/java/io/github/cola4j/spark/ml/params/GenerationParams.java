package io.github.cola4j.spark.ml.params;

import io.github.cola4j.model.generate.Sampling;
import java.util.List;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * How answers are generated, and the columns that are added.
 *
 * @param <T> the stage
 */
public interface GenerationParams<T> extends SeedParams<T> {
  /** Param: column of the generated answer. */
  default Param<String> answerCol() {
    return ParamSet.of(this, "answerCol");
  }

  default String getAnswerCol() {
    return getOrDefault(answerCol());
  }

  default T setAnswerCol(String value) {
    return ParamSet.set(this, answerCol(), value);
  }

  /** Param: column of whether the answer was cut. */
  default Param<String> cutCol() {
    return ParamSet.of(this, "cutCol");
  }

  default String getCutCol() {
    return getOrDefault(cutCol());
  }

  default T setCutCol(String value) {
    return ParamSet.set(this, cutCol(), value);
  }

  /** Param: tokens of an answer at most. */
  default IntParam maxNewTokens() {
    return ParamSet.of(this, "maxNewTokens");
  }

  default int getMaxNewTokens() {
    return (int) getOrDefault(maxNewTokens());
  }

  default T setMaxNewTokens(int value) {
    return ParamSet.set(this, maxNewTokens(), value);
  }

  /** Param: what logits are divided by. */
  default DoubleParam temperature() {
    return ParamSet.of(this, "temperature");
  }

  default double getTemperature() {
    return (double) getOrDefault(temperature());
  }

  default T setTemperature(double value) {
    return ParamSet.set(this, temperature(), value);
  }

  /** Param: share of the probability that is drawn from. */
  default DoubleParam topP() {
    return ParamSet.of(this, "topP");
  }

  default double getTopP() {
    return (double) getOrDefault(topP());
  }

  default T setTopP(double value) {
    return ParamSet.set(this, topP(), value);
  }

  /** Param: texts that end an answer. */
  default StringArrayParam stop() {
    return ParamSet.of(this, "stop");
  }

  default String[] getStop() {
    return getOrDefault(stop());
  }

  default T setStop(String[] value) {
    return ParamSet.set(this, stop(), value);
  }

  /** How tokens are chosen. */
  default Sampling sampling() {
    return new Sampling(
        getMaxNewTokens(), getTemperature(), null, getTopP(), List.of(getStop()), getSeed());
  }
}
