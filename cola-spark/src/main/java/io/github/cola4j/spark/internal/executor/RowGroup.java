package io.github.cola4j.spark.internal.executor;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Neighbouring rows of a data set that are computed together. Which these are depends on their
 * numbers alone, not on the data's partitions: so do results that depend on a row's neighbours, as
 * sums and matrix products do in their last bits.
 *
 * @param first the first row's number, from 0
 * @param rows in their order
 */
public record RowGroup<T>(long first, List<T> rows) implements Serializable {

  /**
   * All rows in groups, in their order.
   *
   * @param rows whose order must be the same at every computation
   * @param size of every group but the last
   */
  public static <T> JavaRDD<RowGroup<T>> of(JavaRDD<T> rows, int size) {
    return of(rows, size, 1);
  }

  /**
   * As {@link #of(JavaRDD, int)}.
   *
   * @param atLeast partitions a core; several, so that a slow executor gets fewer of them
   */
  public static <T> JavaRDD<RowGroup<T>> of(JavaRDD<T> rows, int size, int atLeast) {
    long groups = (rows.count() + size - 1) / size;
    int wanted = Math.max(rows.getNumPartitions(), atLeast * rows.context().defaultParallelism());
    int partitions = (int) Math.max(1, Math.min(groups, wanted));
    return rows.zipWithIndex()
        .mapToPair(row -> new Tuple2<>(row._2(), row._1()))
        .repartitionAndSortWithinPartitions(new ByNumber(groups, size, partitions))
        .mapPartitions(sorted -> new Grouped<>(sorted, size));
  }

  /** Whole groups, about as many in each partition, in their order. */
  private static final class ByNumber extends Partitioner {
    private static final long serialVersionUID = 1;
    private final long groups;
    private final int size;
    private final int partitions;

    ByNumber(long groups, int size, int partitions) {
      this.groups = groups;
      this.size = size;
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object number) {
      return (int) ((Long) number / size * partitions / groups);
    }
  }

  private record Grouped<T>(Iterator<Tuple2<Long, T>> sorted, int size)
      implements Iterator<RowGroup<T>> {
    @Override
    public boolean hasNext() {
      return sorted.hasNext();
    }

    @Override
    public RowGroup<T> next() {
      Tuple2<Long, T> first = sorted.next();
      List<T> rows = new ArrayList<>(List.of(first._2()));
      while (rows.size() < size && sorted.hasNext()) {
        rows.add(sorted.next()._2());
      }
      return new RowGroup<>(first._1(), rows);
    }
  }
}
