package io.github.cola4j.spark.concurrent;

import org.apache.spark.NarrowDependency;
import org.apache.spark.rdd.RDD;
import scala.collection.immutable.List;
import scala.collection.immutable.List$;

/**
 * A dependency that does not travel with Spark tasks. It shows Spark the stages that must run
 * before; which partitions are read, and where, says the one who has it.
 */
final class LeanDependency extends NarrowDependency<Object> {
  private static final long serialVersionUID = 1;

  private final transient RDD<?> rows;

  LeanDependency(RDD<?> rows) {
    super(null);
    this.rows = rows;
  }

  @Override
  @SuppressWarnings("unchecked") // Spark asks for its dependencies alone
  public RDD<Object> rdd() {
    return (RDD<Object>) rows;
  }

  /** None: Spark would look through those of all data sets for each Spark task's place. */
  @Override
  public List<Object> getParents(int partition) {
    return List$.MODULE$.empty();
  }
}
