package io.github.cola4j.spark.job;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.spark.api.java.JavaRDD;

/**
 * Which examples a data set has: the sum of their SHA-256, so that order and files do not count.
 */
final class DataFingerprint {
  private static final int BITS = 256;

  private DataFingerprint() {}

  /** 64 hexadecimal digits; examples are told apart by {@code toString}, as records are. */
  static String of(JavaRDD<?> examples) {
    BigInteger sum = examples.map(DataFingerprint::digest).fold(BigInteger.ZERO, BigInteger::add);
    return String.format("%064x", sum.mod(BigInteger.ONE.shiftLeft(BITS)));
  }

  /** Which examples a data set has in which order: their number and 64 hexadecimal digits. */
  static String ordered(JavaRDD<?> examples) {
    JavaRDD<String> numbered =
        examples.zipWithIndex().map(example -> example._2() + " " + example._1());
    return examples.count() + " examples " + of(numbered);
  }

  /** The SHA-256 of an example. */
  static BigInteger digest(Object example) {
    try {
      byte[] text = example.toString().getBytes(StandardCharsets.UTF_8);
      return new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
