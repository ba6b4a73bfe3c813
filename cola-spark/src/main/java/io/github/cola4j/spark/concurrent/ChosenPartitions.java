package io.github.cola4j.spark.concurrent;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.PartitionCoalescer;
import org.apache.spark.rdd.PartitionGroup;
import org.apache.spark.rdd.RDD;
import scala.Option;
import scala.Some;

/**
 * Which partitions of a data set make up each of another. One may be in several of these: it is
 * read where it is persisted, without a shuffle.
 */
final class ChosenPartitions implements PartitionCoalescer, Serializable {
  private static final long serialVersionUID = 1;

  private final transient List<List<Integer>> choice; // null on executors, which have the outcome

  private ChosenPartitions(List<List<Integer>> choice) {
    this.choice = choice;
  }

  static <T> JavaRDD<T> of(JavaRDD<T> rows, List<List<Integer>> choice) {
    RDD<T> chosen =
        rows.rdd().coalesce(choice.size(), false, Some.apply(new ChosenPartitions(choice)), null);
    return JavaRDD.fromRDD(chosen, rows.classTag());
  }

  @Override
  public PartitionGroup[] coalesce(int most, RDD<?> parent) {
    Partition[] partitions = parent.partitions();
    return choice.stream().map(some -> group(some, partitions)).toArray(PartitionGroup[]::new);
  }

  private static PartitionGroup group(List<Integer> some, Partition[] partitions) {
    PartitionGroup group = new PartitionGroup(Option.empty());
    some.forEach(p -> group.partitions().$plus$eq(partitions[p]));
    return group;
  }
}
