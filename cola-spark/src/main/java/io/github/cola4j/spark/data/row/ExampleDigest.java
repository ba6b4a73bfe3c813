package io.github.cola4j.spark.data.row;

import io.github.cola4j.io.Sha256;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/** Tells examples apart. */
public final class ExampleDigest {
  private ExampleDigest() {}

  /** The SHA-256 of an example's {@code toString}, which for a record has all its parts. */
  public static BigInteger of(Object example) {
    byte[] text = example.toString().getBytes(StandardCharsets.UTF_8);
    return new BigInteger(1, Sha256.digest().digest(text));
  }
}
