package io.github.cola4j.spark.job.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How much the examples of each class count in training: {@code balanced}, which makes all classes
 * count alike, or a number for each class.
 */
public final class ClassWeights {
  /** The word for {@link #isBalanced}. */
  public static final String BALANCED = "balanced";

  private final Map<String, Double> byClass; // null: balanced

  private ClassWeights(Map<String, Double> byClass) {
    this.byClass = byClass;
  }

  /** Every class as if all had as many examples. */
  public static ClassWeights balanced() {
    return new ClassWeights(null);
  }

  /**
   * Numbers above 0 by class; a class that is not named counts 1.
   *
   * @throws IllegalArgumentException if one is none
   */
  public static ClassWeights of(Map<String, Double> byClass) {
    byClass.forEach(
        (label, weight) -> {
          if (weight == null || !(weight > 0) || weight == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                "classWeights." + label + " must be a number above 0, got " + weight);
          }
        });
    return new ClassWeights(new LinkedHashMap<>(byClass));
  }

  /** As a job file has them. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static ClassWeights of(Object value) {
    if (BALANCED.equals(value)) {
      return balanced();
    }
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      Map<String, Double> byClass = new LinkedHashMap<>();
      map.forEach(
          (label, weight) ->
              byClass.put(
                  String.valueOf(label),
                  weight instanceof Number number ? number.doubleValue() : Double.NaN));
      return of(byClass);
    }
    throw new IllegalArgumentException(
        "classWeights must be 'balanced' or a number for each class, as {spam: 3, ham: 1}; got "
            + value);
  }

  @JsonValue
  Object value() {
    return byClass == null ? BALANCED : byClass;
  }

  /** Whether the weights follow from the training data: n / (k n_c) of n examples in k classes. */
  public boolean isBalanced() {
    return byClass == null;
  }

  /**
   * The weight of each class.
   *
   * @param counts how many training examples each label has
   * @throws IllegalArgumentException if a class is named that the task does not have
   */
  public Map<String, Double> of(Collection<String> classes, Map<String, Long> counts) {
    Map<String, Double> weights = new LinkedHashMap<>();
    if (byClass == null) {
      long all = counts.values().stream().mapToLong(Long::longValue).sum();
      for (String label : classes) {
        long own = counts.getOrDefault(label, 0L);
        weights.put(label, own == 0 ? 1 : (double) all / (counts.size() * own));
      }
      return weights;
    }
    List<String> unknown = new ArrayList<>(byClass.keySet());
    unknown.removeAll(classes);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "classWeights names "
              + unknown
              + ", which the task does not have; its classes are "
              + List.copyOf(classes));
    }
    classes.forEach(label -> weights.put(label, byClass.getOrDefault(label, 1.0)));
    return weights;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClassWeights weights && Objects.equals(byClass, weights.byClass);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(byClass);
  }

  @Override
  public String toString() {
    return String.valueOf(value());
  }
}
