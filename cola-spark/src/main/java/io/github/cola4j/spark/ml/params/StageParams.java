package io.github.cola4j.spark.ml.params;

import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.WeightOptions;
import java.util.Locale;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * What every stage has, estimators and models: the frozen model, and which task a row is of.
 *
 * @param <T> the stage
 */
public interface StageParams<T> extends Params {
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

  /** Param: column of why a row has no prediction or answer. */
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
}
