package io.github.cola4j.spark.data.row;

import java.io.Serializable;
import java.math.BigInteger;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/** Examples that a data set has more than once, in all their parts, told by their SHA-256. */
public final class Duplicates {
  private Duplicates() {}

  /** How many examples equal an earlier one. */
  public static long count(JavaRDD<?> examples) {
    return examples
        .mapToPair(example -> new Tuple2<>(ExampleDigest.of(example), 1L))
        .reduceByKey(Long::sum)
        .map(equal -> equal._2() - 1)
        .fold(0L, Long::sum);
  }

  /** The examples without those that equal an earlier one, in their order. */
  public static <T extends Serializable> JavaRDD<T> dropped(JavaRDD<T> examples) {
    JavaPairRDD<BigInteger, Tuple2<Long, T>> numbered =
        examples
            .zipWithIndex()
            .mapToPair(
                row -> new Tuple2<>(ExampleDigest.of(row._1()), new Tuple2<>(row._2(), row._1())));
    return numbered
        .reduceByKey((a, b) -> a._1() < b._1() ? a : b)
        .mapToPair(first -> first._2())
        .sortByKey()
        .values();
  }
}
