package io.github.cola4j.data;

import java.io.Serializable;

/**
 * A tokenised example.
 *
 * @param ids token ids, special tokens included
 * @param typeIds segment ids, as many
 * @param label the class's number, −1 where there is none
 */
public record Sample(int[] ids, int[] typeIds, int label) implements Serializable {
  /** The number of tokens. */
  public int length() {
    return ids.length;
  }
}
