package io.github.cola4j.spark.data.row;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Tells examples apart. */
public final class ExampleDigest {
  private ExampleDigest() {}

  /** The SHA-256 of an example's {@code toString}, which for a record has all its parts. */
  public static BigInteger of(Object example) {
    try {
      byte[] text = example.toString().getBytes(StandardCharsets.UTF_8);
      return new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
