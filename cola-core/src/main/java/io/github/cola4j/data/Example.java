package io.github.cola4j.data;

import io.github.cola4j.data.image.ImageBytes;
import java.io.Serializable;
import java.util.Objects;

/**
 * One labelled text, or pair of texts, or image, of a classification task.
 *
 * @param text the text, not empty; of an image what it is called, or null
 * @param pair the second text of a pair, or null
 * @param label the class as the data names it; null where it is to be predicted
 * @param weight how much its loss counts in training; 1 unless the data says otherwise
 * @param image the image; null for a text
 */
public record Example(String text, String pair, String label, double weight, ImageBytes image)
    implements Serializable {
  /** Refuses an empty text, and a weight that is none. */
  public Example {
    if (image == null) {
      Objects.requireNonNull(text, "text");
    }
    if (text != null && text.isBlank()) {
      throw new IllegalArgumentException("the text is empty; every example needs some");
    }
    if (!(weight > 0) || weight == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "the weight of an example must be above 0 and finite, got " + weight);
    }
  }

  /** A text, or pair of texts. */
  public Example(String text, String pair, String label, double weight) {
    this(text, pair, label, weight, null);
  }

  /** An example of weight 1. */
  public Example(String text, String pair, String label) {
    this(text, pair, label, 1);
  }

  /** The same with another weight. */
  public Example weighted(double other) {
    return new Example(text, pair, label, other, image);
  }

  /** What is to be predicted: the same without a label, of weight 1. */
  public Example unlabelled() {
    return new Example(text, pair, null, 1, image);
  }

  /** An image. */
  public static Example of(ImageBytes image, String name, String label, double weight) {
    return new Example(name, null, label, weight, image);
  }

  /**
   * Without the weight where it is 1: data without weights keep their fingerprints. Of an image
   * without its name: what is the same image is the same example.
   */
  @Override
  public String toString() {
    return String.format(
        "Example[%s, label=%s%s]",
        image == null ? "text=" + text + ", pair=" + pair : "image=" + image,
        label,
        weight == 1 ? "" : ", weight=" + weight);
  }
}
