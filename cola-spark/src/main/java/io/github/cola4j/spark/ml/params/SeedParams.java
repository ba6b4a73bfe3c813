package io.github.cola4j.spark.ml.params;

import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Params;

/**
 * The seed, of an estimator and of a model that draws.
 *
 * @param <T> the stage
 */
public interface SeedParams<T> extends Params {
  /** Param: seed of all randomness. */
  default LongParam seed() {
    return ParamSet.of(this, "seed");
  }

  default long getSeed() {
    return (long) getOrDefault(seed());
  }

  default T setSeed(long value) {
    return ParamSet.set(this, seed(), value);
  }
}
