package io.github.cola4j.spark.training;

import java.io.Serializable;

/** A task's parameters where executors find them. */
@FunctionalInterface
public interface StoredParameters extends Serializable {

  /** Reads them. */
  float[] read();
}
