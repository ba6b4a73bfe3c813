package io.github.cola4j.spark.inference;

import io.github.cola4j.data.LabelList;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.loss.HeadLoss;
import io.github.cola4j.train.Classification;
import java.util.List;
import java.util.stream.IntStream;

/** What a classifier says of a row. */
public final class RowAnswer {
  private final Classification objective;
  private final float[] logits;
  private final String reason;

  private RowAnswer(Classification objective, float[] logits, String reason) {
    this.objective = objective;
    this.logits = logits;
    this.reason = reason;
  }

  /** A row with the logits of its task's classes. */
  static RowAnswer of(Classification objective, float[] logits) {
    return new RowAnswer(objective, logits, null);
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
    return objective.classes();
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

  /** The labels that are likelier than not, of a multi-label task, in the order of its classes. */
  public List<String> labels() {
    return IntStream.range(0, logits.length)
        .filter(c -> logits[c] > 0)
        .mapToObj(classes()::get)
        .toList();
  }

  /** The number of a regression. */
  public double value() {
    return logits[0];
  }

  /** As the task's data has it: the likeliest class; a {@link LabelList}; or a number. */
  public String label() {
    return switch (objective.problem()) {
      case SINGLE_LABEL -> classes().get(index());
      case MULTI_LABEL -> LabelList.text(labels());
      case REGRESSION -> Float.toString(logits[0]);
    };
  }

  /**
   * Of all classes: softmax of the logits; of a multi-label task σ of each; none of a regression.
   */
  public double[] probabilities() {
    return switch (objective.problem()) {
      case SINGLE_LABEL -> Answers.probabilities(logits);
      case MULTI_LABEL ->
          IntStream.range(0, logits.length).mapToDouble(c -> HeadLoss.sigmoid(logits[c])).toArray();
      case REGRESSION -> new double[0];
    };
  }
}
