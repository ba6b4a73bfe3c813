package io.github.cola4j.data;

import java.io.Serializable;
import java.util.Objects;

/**
 * One labelled text, or pair of texts, of a classification task.
 *
 * @param text the text, not empty
 * @param pair the second text of a pair, or null
 * @param label the class as the data names it; null where it is to be predicted
 */
public record Example(String text, String pair, String label) implements Serializable {
  /** Refuses an empty text. */
  public Example {
    Objects.requireNonNull(text, "text");
    if (text.isBlank()) {
      throw new IllegalArgumentException("the text is empty; every example needs some");
    }
  }
}
