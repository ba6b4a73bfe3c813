package io.github.cola4j.spark.ml.params;

import io.github.cola4j.spark.data.Columns;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.ml.param.Param;

/**
 * What a classifier and the estimator that makes it share: the columns of rows that are classified.
 *
 * @param <T> the stage
 */
public interface PredictionParams<T> extends StageParams<T> {
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

  /** Param: column of the image, where rows are images. */
  default Param<String> imageCol() {
    return ParamSet.of(this, "imageCol");
  }

  default String getImageCol() {
    return getOrDefault(imageCol());
  }

  default T setImageCol(String value) {
    return ParamSet.set(this, imageCol(), value);
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

  /** Where texts or images are. */
  default Columns texts() {
    return Columns.defaults()
        .withText(getTextCol())
        .withPair(ParamSet.column(this, textPairCol()))
        .withImage(ParamSet.column(this, imageCol()));
  }

  /** The params that name these columns, with what they hold. */
  default Map<Param<String>, SchemaCheck.Kind> inputKinds() {
    Map<Param<String>, SchemaCheck.Kind> read = new LinkedHashMap<>();
    if (ParamSet.column(this, imageCol()) == null) {
      read.put(textCol(), SchemaCheck.Kind.TEXT);
    } else {
      read.put(imageCol(), SchemaCheck.Kind.IMAGE);
    }
    read.put(textPairCol(), SchemaCheck.Kind.TEXT);
    return read;
  }
}
