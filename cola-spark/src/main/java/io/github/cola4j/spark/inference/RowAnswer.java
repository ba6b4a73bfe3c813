package io.github.cola4j.spark.inference;

import io.github.cola4j.model.Answers;
import java.util.List;

/**
 * What a classifier says of a row.
 *
 * @param classes of the row's task; null where the row is not classified
 * @param logits by class; null where the row is not classified
 * @param reason why the row is not classified; null where it is
 */
public record RowAnswer(List<String> classes, float[] logits, String reason) {

  /** A row that cannot be classified. */
  static RowAnswer refused(String reason) {
    return new RowAnswer(null, null, reason);
  }

  /** Whether the row was classified. */
  public boolean isClassified() {
    return logits != null;
  }

  /** The number of the likeliest class. */
  public int index() {
    return Answers.argMax(logits);
  }

  /** The likeliest class. */
  public String label() {
    return classes.get(index());
  }

  /** Of all classes: softmax of the logits. */
  public double[] probabilities() {
    return Answers.probabilities(logits);
  }
}
