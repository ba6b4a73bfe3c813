package io.github.cola4j.data.image;

import io.github.cola4j.io.Sha256;
import java.io.Serializable;
import java.util.Arrays;

/**
 * An image as its file has it, such as a PNG. Two are equal if all bytes are.
 *
 * @param content the file's bytes
 */
public record ImageBytes(byte[] content) implements Serializable {

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageBytes image && Arrays.equals(content, image.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /** By its SHA-256, since bytes are not to be read. */
  @Override
  public String toString() {
    return "sha256:" + Sha256.of(content);
  }
}
