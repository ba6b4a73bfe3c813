package io.github.cola4j.data;

import java.io.Serializable;

/**
 * A dialogue as tokens, with what the model shall say after each.
 *
 * @param ids token ids [T]
 * @param labels [T], shifted already: at t the id of token t+1 if that token is supervised, else
 *     {@value DialogueEncoder#IGNORED}; so the last always is
 * @param truncated whether tokens were cut off at the end
 */
public record EncodedDialogue(int[] ids, int[] labels, boolean truncated) implements Serializable {
  /** The number of tokens. */
  public int length() {
    return ids.length;
  }
}
