package io.github.cola4j.train;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.model.preference.PreferenceConfig;
import java.io.Serializable;
import java.util.List;

/**
 * What a task learns from its examples: how one becomes a sample, and which model is trained on
 * them. A pure value.
 *
 * @param <E> an example before it is tokenised
 */
public interface Objective<E> extends Serializable {

  /** The labels by number; empty where the task has no head of its own. */
  List<String> classes();

  /** How dialogues are written; null where the examples are none. */
  default PromptConfig prompt() {
    return null;
  }

  /** How the embeddings of texts are made; null where the task does not classify any. */
  default Pooling pooling() {
    return null;
  }

  /** What the labels of {@link #classes} mean. */
  default ProblemType problem() {
    return ProblemType.SINGLE_LABEL;
  }

  /** What the labels are that examples can be counted by; null where there are none. */
  default ProblemType counted() {
    return classes().isEmpty() || problem() == ProblemType.REGRESSION ? null : problem();
  }

  /** How the better of two answers is learnt; null where examples are no pairs of them. */
  default PreferenceConfig preference() {
    return null;
  }

  /** Whether {@link #encode} may find nothing to learn in an example. */
  default boolean drops() {
    return false;
  }

  /** Whether {@link #parts} may make several examples of one. */
  default boolean divides() {
    return false;
  }

  /**
   * The examples to learn in the place of one, none of which has further parts.
   *
   * @param maxLength tokens at most
   */
  default List<E> parts(FrozenModel base, int maxLength, E example) {
    return List.of(example);
  }

  /**
   * The number of an example's class; 0 where the task has none.
   *
   * @throws IllegalArgumentException if its label is none of the classes
   */
  default int label(E example) {
    return 0;
  }

  /**
   * An example's tokens, or what the model takes in their place, and labels.
   *
   * @param maxLength tokens at most
   * @throws IllegalArgumentException if the model is not of the kind that this needs
   */
  Encoded encode(FrozenModel base, int maxLength, E example);

  /**
   * The model that is trained, its parameters zero.
   *
   * @param modules what is adapted, and how factors lie in θ: equal ones possibly once
   * @param initial the factors' starting values, laid out so
   * @throws IllegalArgumentException if the base model is not of the kind that this needs
   */
  TaskModel model(
      FrozenModel base, AdaptedModules modules, float[] initial, TrainingConfig training);

  /**
   * The parameters a task starts with.
   *
   * @param initial the factors' starting values, with which they begin
   * @param seed of what else there is
   */
  float[] start(FrozenModel base, float[] initial, long seed);
}
