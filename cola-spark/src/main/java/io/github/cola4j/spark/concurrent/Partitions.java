package io.github.cola4j.spark.concurrent;

import java.io.Serializable;
import java.util.Set;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionPruningRDD;
import scala.Function1;

/** Some partitions of an RDD. */
public final class Partitions {
  private Partitions() {}

  /**
   * An RDD of some partitions alone: jobs on it do not compute the others.
   *
   * @param partitions a serializable set
   */
  public static <T> JavaRDD<T> only(Set<Integer> partitions, JavaRDD<T> rdd) {
    // the RDD keeps it, and travels
    var contains = (Function1<Object, Object> & Serializable) partitions::contains;
    return JavaRDD.fromRDD(PartitionPruningRDD.create(rdd.rdd(), contains), rdd.classTag());
  }
}
