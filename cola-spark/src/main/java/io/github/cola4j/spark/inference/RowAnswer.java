package io.github.cola4j.spark.inference;

import io.github.cola4j.model.Answers;
import java.util.List;

/** What a classifier says of a row. */
public final class RowAnswer {
  private final List<String> classes;
  private final float[] logits;
  private final String reason;

  private RowAnswer(List<String> classes, float[] logits, String reason) {
    this.classes = classes;
    this.logits = logits;
    this.reason = reason;
  }

  /** A row with the logits of its task's classes. */
  static RowAnswer of(List<String> classes, float[] logits) {
    return new RowAnswer(classes, logits, null);
  }

  /** A row that cannot be classified. */
  static RowAnswer refused(String reason) {
    return new RowAnswer(null, null, reason);
  }

  /** Whether the row was classified: only then it has classes and logits. */
  public boolean isClassified() {
    return reason == null;
  }

  /** The classes of the row's task. */
  public List<String> classes() {
    return classes;
  }

  /** By class; not to be changed. */
  public float[] logits() {
    return logits;
  }

  /** Why the row is not classified; null where it is. */
  public String reason() {
    return reason;
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
