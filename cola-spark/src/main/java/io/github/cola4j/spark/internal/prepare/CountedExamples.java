package io.github.cola4j.spark.internal.prepare;

import io.github.cola4j.spark.concurrent.Partitions;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.FlatMapFunction;
import scala.Tuple2;

/**
 * A data set of which is known how many examples each partition has, so that they are numbered
 * without a Spark job.
 *
 * @param examples whose order must be the same at every computation
 * @param sizes of its partitions [partitions]
 */
record CountedExamples<E extends Serializable>(JavaRDD<E> examples, int[] sizes) {

  /** How many examples there are. */
  int count() {
    return Math.toIntExact(Arrays.stream(sizes).asLongStream().sum());
  }

  /**
   * Something made of each partition's examples with their numbers, from 0 in the order of
   * partitions, as zipWithIndex gives them.
   */
  <R> JavaRDD<R> numbered(FlatMapFunction<Iterator<Tuple2<E, Integer>>, R> make) {
    int[] first = new int[sizes.length];
    for (int p = 1; p < first.length; p++) {
      first[p] = first[p - 1] + sizes[p - 1];
    }
    return Partitions.map(examples, (p, rows) -> make.call(new Numbers<>(rows, first[p])));
  }

  private static final class Numbers<E> implements Iterator<Tuple2<E, Integer>> {
    private final Iterator<E> rows;
    private int next;

    Numbers(Iterator<E> rows, int first) {
      this.rows = rows;
      this.next = first;
    }

    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public Tuple2<E, Integer> next() {
      return new Tuple2<>(rows.next(), next++);
    }
  }
}
