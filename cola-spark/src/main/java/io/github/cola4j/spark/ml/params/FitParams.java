package io.github.cola4j.spark.ml.params;

import org.apache.spark.ml.param.Param;

/**
 * What every estimator has.
 *
 * @param <T> the stage
 */
public interface FitParams<T> extends StageParams<T>, AdapterParams<T>, TrainingParams<T> {
  /** Param: column that says which rows are for validation. */
  default Param<String> validationIndicatorCol() {
    return ParamSet.of(this, "validationIndicatorCol");
  }

  default String getValidationIndicatorCol() {
    return getOrDefault(validationIndicatorCol());
  }

  default T setValidationIndicatorCol(String value) {
    return ParamSet.set(this, validationIndicatorCol(), value);
  }

  /**
   * Refuses params that do not go together, and an estimator without a frozen model.
   *
   * @throws IllegalArgumentException naming the stage
   */
  default void requireComplete() {
    if (!isDefined(model())) {
      throw new IllegalArgumentException(
          uid() + ": model is not set; set it to the location of the frozen model");
    }
    adapterConfig();
    trainingConfig();
    roundConfig();
  }
}
