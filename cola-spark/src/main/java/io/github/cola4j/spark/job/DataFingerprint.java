package io.github.cola4j.spark.job;

import io.github.cola4j.spark.data.ExampleDigest;
import java.math.BigInteger;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Which examples a data set has: the sum of their SHA-256, so that order and files do not count.
 */
final class DataFingerprint {
  private static final int BITS = 256;

  private DataFingerprint() {}

  /** 64 hexadecimal digits; examples are told apart by {@code toString}, as records are. */
  static String of(JavaRDD<?> examples) {
    return counted(examples).sum();
  }

  /** Which examples a data set has in which order: their number and 64 hexadecimal digits. */
  static String ordered(JavaRDD<?> examples) {
    Counted numbered =
        counted(examples.zipWithIndex().map(example -> example._2() + " " + example._1()));
    return numbered.examples() + " examples " + numbered.sum();
  }

  /** How many examples there are, and the sum of their SHA-256 in hexadecimal digits. */
  private record Counted(long examples, String sum) {}

  private static Counted counted(JavaRDD<?> examples) {
    Tuple2<Long, BigInteger> all =
        examples
            .map(example -> new Tuple2<>(1L, ExampleDigest.of(example)))
            .fold(
                new Tuple2<>(0L, BigInteger.ZERO),
                (a, b) -> new Tuple2<>(a._1() + b._1(), a._2().add(b._2())));
    return new Counted(
        all._1(), String.format("%064x", all._2().mod(BigInteger.ONE.shiftLeft(BITS))));
  }
}
