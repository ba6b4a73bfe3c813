package io.github.cola4j.spark.ml;

import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.spark.data.Columns;
import java.util.Locale;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * What a model and the estimator that makes it share: the frozen model, and the columns of rows
 * that are classified.
 *
 * @param <T> the stage
 */
public interface PredictionParams<T> extends Params {
  /** Param: location of the frozen model. */
  default Param<String> model() {
    return ParamSet.of(this, "model");
  }

  default String getModel() {
    return getOrDefault(model());
  }

  default T setModel(String value) {
    return ParamSet.set(this, model(), value);
  }

  /** Param: type in which frozen products take their inputs. */
  default Param<String> compute() {
    return ParamSet.of(this, "compute");
  }

  default String getCompute() {
    return getOrDefault(compute());
  }

  default T setCompute(String value) {
    return ParamSet.set(this, compute(), value);
  }

  /** Param: what the frozen weights are quantised to. */
  default Param<String> quantize() {
    return ParamSet.of(this, "quantize");
  }

  default String getQuantize() {
    return getOrDefault(quantize());
  }

  default T setQuantize(String value) {
    return ParamSet.set(this, quantize(), value);
  }

  /** Param: column of the text. */
  default Param<String> textCol() {
    return ParamSet.of(this, "textCol");
  }

  default String getTextCol() {
    return getOrDefault(textCol());
  }

  default T setTextCol(String value) {
    return ParamSet.set(this, textCol(), value);
  }

  /** Param: column of the second text of pairs. */
  default Param<String> textPairCol() {
    return ParamSet.of(this, "textPairCol");
  }

  default String getTextPairCol() {
    return getOrDefault(textPairCol());
  }

  default T setTextPairCol(String value) {
    return ParamSet.set(this, textPairCol(), value);
  }

  /** Param: column that names a row's task. */
  default Param<String> taskCol() {
    return ParamSet.of(this, "taskCol");
  }

  default String getTaskCol() {
    return getOrDefault(taskCol());
  }

  default T setTaskCol(String value) {
    return ParamSet.set(this, taskCol(), value);
  }

  /** Param: column of the likeliest class's index. */
  default Param<String> predictionCol() {
    return ParamSet.of(this, "predictionCol");
  }

  default String getPredictionCol() {
    return getOrDefault(predictionCol());
  }

  default T setPredictionCol(String value) {
    return ParamSet.set(this, predictionCol(), value);
  }

  /** Param: column of the likeliest class. */
  default Param<String> predictedLabelCol() {
    return ParamSet.of(this, "predictedLabelCol");
  }

  default String getPredictedLabelCol() {
    return getOrDefault(predictedLabelCol());
  }

  default T setPredictedLabelCol(String value) {
    return ParamSet.set(this, predictedLabelCol(), value);
  }

  /** Param: column of the logits. */
  default Param<String> rawPredictionCol() {
    return ParamSet.of(this, "rawPredictionCol");
  }

  default String getRawPredictionCol() {
    return getOrDefault(rawPredictionCol());
  }

  default T setRawPredictionCol(String value) {
    return ParamSet.set(this, rawPredictionCol(), value);
  }

  /** Param: column of the classes' probabilities. */
  default Param<String> probabilityCol() {
    return ParamSet.of(this, "probabilityCol");
  }

  default String getProbabilityCol() {
    return getOrDefault(probabilityCol());
  }

  default T setProbabilityCol(String value) {
    return ParamSet.set(this, probabilityCol(), value);
  }

  /** Param: column of the probabilities by class. */
  default Param<String> probabilityMapCol() {
    return ParamSet.of(this, "probabilityMapCol");
  }

  default String getProbabilityMapCol() {
    return getOrDefault(probabilityMapCol());
  }

  default T setProbabilityMapCol(String value) {
    return ParamSet.set(this, probabilityMapCol(), value);
  }

  /** Param: column of why a row has no prediction. */
  default Param<String> reasonCol() {
    return ParamSet.of(this, "reasonCol");
  }

  default String getReasonCol() {
    return getOrDefault(reasonCol());
  }

  default T setReasonCol(String value) {
    return ParamSet.set(this, reasonCol(), value);
  }

  /** How the frozen model's weights are kept and multiplied. */
  default WeightOptions weightOptions() {
    String type = getQuantize();
    return new WeightOptions(
        Precision.valueOf(getCompute().toUpperCase(Locale.ROOT)),
        type.isEmpty() ? null : Quantization.valueOf(type.toUpperCase(Locale.ROOT)));
  }

  /** Where texts are. */
  default Columns texts() {
    return Columns.defaults().withText(getTextCol()).withPair(ParamSet.column(this, textPairCol()));
  }
}
