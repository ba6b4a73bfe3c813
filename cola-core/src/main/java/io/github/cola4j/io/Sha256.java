package io.github.cola4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in hexadecimal digits. */
public final class Sha256 {
  private Sha256() {}

  /** A digest to update. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Of what a digest has seen; it starts over. */
  public static String of(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of bytes. */
  public static String of(byte[] bytes) {
    MessageDigest digest = digest();
    digest.update(bytes);
    return of(digest);
  }

  /** Of all that a stream still has. */
  public static String of(InputStream in) throws IOException {
    MessageDigest digest = digest();
    update(digest, in);
    return of(digest);
  }

  /** Updates a digest by all that a stream still has. */
  public static void update(MessageDigest digest, InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.update(buffer, 0, n);
    }
  }

  /** Of the bits of numbers. */
  public static String of(float[] values) {
    MessageDigest digest = digest();
    ByteBuffer chunk = ByteBuffer.allocate(1 << 16);
    for (float value : values) {
      if (!chunk.hasRemaining()) {
        digest.update(chunk.flip());
        chunk.clear();
      }
      chunk.putFloat(value);
    }
    digest.update(chunk.flip());
    return of(digest);
  }
}
