package io.github.cola4j.data;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A tokenised example.
 *
 * @param ids token ids, special tokens included; of an example that has features in the place of
 *     tokens, their bits ({@link Float#floatToRawIntBits})
 * @param typeIds segment ids, as many; zero for features
 * @param labels of a classification, the class's number alone; of a language model, for each token
 *     the id of the next one; {@link #IGNORED} where none counts
 */
public record Sample(int[] ids, int[] typeIds, int[] labels) implements Serializable {
  /** A label that does not count, as PyTorch has it. */
  public static final int IGNORED = -100;

  /** A text of a class, or of {@link #IGNORED}. */
  public Sample(int[] ids, int[] typeIds, int label) {
    this(ids, typeIds, new int[] {label});
  }

  /** The number of tokens. */
  public int length() {
    return ids.length;
  }

  /** The number of supervised tokens: those with a label that counts. */
  public int supervised() {
    return (int) Arrays.stream(labels).filter(label -> label != IGNORED).count();
  }
}
