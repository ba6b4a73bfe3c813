package io.github.cola4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the files beside a model's weights, of which none is large unless it is a mistake. */
public final class SmallFile {
  /** Bytes of a file at most. The largest tokenizer published so far has 40 MB. */
  private static final int MAX_BYTES = 200_000_000;

  private SmallFile() {}

  /**
   * The content of a file.
   *
   * @throws IllegalArgumentException if it has more than {@value #MAX_BYTES} bytes
   */
  public static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return bytes(in, file.toString());
    }
  }

  /** The content of a stream, as {@link #bytes(Path)}. */
  public static byte[] bytes(InputStream in, String source) throws IOException {
    byte[] bytes = in.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          source + ": expected up to " + MAX_BYTES + " bytes, it has more");
    }
    return bytes;
  }

  /**
   * The text of a UTF-8 file, without a byte-order mark.
   *
   * @throws IllegalArgumentException if it is too large or no UTF-8
   */
  public static String text(Path file) throws IOException {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(file))).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + " is not UTF-8; save it as UTF-8", e);
    }
  }
}
