package io.github.cola4j.model.loss;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.LabelList;
import java.util.Arrays;
import java.util.List;

/**
 * What the numbers of a classifier's head mean, as transformers' {@code problem_type} says it.
 *
 * <pre>
 *   single-label  one of K classes:          L = −log softmax(z)_y
 *   multi-label   any of K classes:          L = Σ_k −y_k log σ(z_k) − (1 − y_k) log(1 − σ(z_k))
 *   regression    a number, K = 1:           L = (z − y)²
 * </pre>
 *
 * Reported losses are means over labels: of a multi-label task over texts and classes, as PyTorch's
 * {@code BCEWithLogitsLoss} has it.
 */
public enum ProblemType {
  /** One of the classes. */
  SINGLE_LABEL("single-label", "single_label_classification"),

  /** Any number of the classes, none too. */
  MULTI_LABEL("multi-label", "multi_label_classification"),

  /** A number. */
  REGRESSION("regression", "regression");

  private final String key;
  private final String transformers;

  ProblemType(String key, String transformers) {
    this.key = key;
    this.transformers = transformers;
  }

  /** As job files and {@code adapter.json} write it. */
  @JsonValue
  public String key() {
    return key;
  }

  /** As {@code problem_type} of transformers' {@code config.json} writes it. */
  public String transformers() {
    return transformers;
  }

  /**
   * By its {@link #key}.
   *
   * @throws IllegalArgumentException if there is none of the name
   */
  @JsonCreator
  public static ProblemType of(String key) {
    return Arrays.stream(values())
        .filter(type -> type.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "problemType must be one of "
                        + Arrays.stream(values()).map(ProblemType::key).toList()
                        + ", got '"
                        + key
                        + "'"));
  }

  /**
   * Refuses a number of classes that the problem cannot have.
   *
   * @param classes the labels by number; of a regression, the one name of its number
   */
  public void requireClasses(List<String> classes) {
    int size = classes.size();
    switch (this) {
      case SINGLE_LABEL -> require(size >= 2, "needs at least two classes, got " + classes);
      case MULTI_LABEL -> require(size >= 1, "needs at least one class, got none");
      case REGRESSION -> require(size == 1, "learns one number, got the classes " + classes);
    }
  }

  /** The classes that a label names, as an {@link Example} has it; a number names none. */
  public List<String> labels(String label) {
    return switch (this) {
      case SINGLE_LABEL -> List.of(label);
      case MULTI_LABEL -> LabelList.of(label);
      case REGRESSION -> List.of();
    };
  }

  private static void require(boolean fits, String message) {
    if (!fits) {
      throw new IllegalArgumentException(message);
    }
  }
}
