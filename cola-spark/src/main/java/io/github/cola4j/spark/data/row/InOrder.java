package io.github.cola4j.spark.data.row;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/** Brings many rows to the driver in their order, without holding them all. */
public final class InOrder {
  private static final int ROWS_AT_ONCE = 5000;

  private InOrder() {}

  /**
   * An iterator that fetches some thousand rows at a time. Spark's own fetches a partition at a
   * time, which here is a whole file; so rows are cut anew by their number.
   *
   * @param rows whose order must be the same at every computation
   * @param count how many they are
   */
  public static <T extends Serializable> Iterator<T> toLocalIterator(JavaRDD<T> rows, long count) {
    if (count <= ROWS_AT_ONCE) {
      return rows.collect().iterator();
    }
    return rows.zipWithIndex()
        .mapToPair(row -> new Tuple2<>(row._2(), row._1()))
        .repartitionAndSortWithinPartitions(
            new ByNumber(Math.toIntExact((count - 1) / ROWS_AT_ONCE + 1)))
        .values()
        .toLocalIterator();
  }

  private static final class ByNumber extends Partitioner {
    private static final long serialVersionUID = 1;
    private final int parts;

    ByNumber(int parts) {
      this.parts = parts;
    }

    @Override
    public int numPartitions() {
      return parts;
    }

    @Override
    public int getPartition(Object number) {
      return (int) ((Long) number / ROWS_AT_ONCE);
    }
  }
}
