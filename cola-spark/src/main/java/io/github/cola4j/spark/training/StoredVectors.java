package io.github.cola4j.spark.training;

import java.io.Serializable;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A task's vectors in a file, read each time that they are asked for; by executors too, unless the
 * file is on the driver's machine alone.
 *
 * @see TrainingSnapshot.Task#vectors
 */
public interface StoredVectors extends Supplier<Map<String, float[]>>, Serializable {

  /** Whether the file is on a disk of the driver's machine. */
  boolean onDriversDisk();
}
