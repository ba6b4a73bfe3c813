package io.github.cola4j.data;

import java.io.Serializable;
import java.util.Objects;

/**
 * One labelled text, or pair of texts, of a classification task.
 *
 * @param text the text, not empty
 * @param pair the second text of a pair, or null
 * @param label the class as the data names it; null where it is to be predicted
 * @param weight how much its loss counts in training; 1 unless the data says otherwise
 */
public record Example(String text, String pair, String label, double weight)
    implements Serializable {
  /** Refuses an empty text, and a weight that is none. */
  public Example {
    Objects.requireNonNull(text, "text");
    if (text.isBlank()) {
      throw new IllegalArgumentException("the text is empty; every example needs some");
    }
    if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "the weight of an example must be above 0 and finite, got " + weight);
    }
  }

  /** An example of weight 1. */
  public Example(String text, String pair, String label) {
    this(text, pair, label, 1);
  }

  /** Without the weight where it is 1: data without weights keep their fingerprints. */
  @Override
  public String toString() {
    return String.format(
        "Example[text=%s, pair=%s, label=%s%s]",
        text, pair, label, weight == 1 ? "" : ", weight=" + weight);
  }
}
