package io.github.cola4j.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.SequenceBatch;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * One task's trainable parameters on a shared frozen model: a flat vector θ and one of gradients,
 * both [P × 1] as {@link #layout()} says. Belongs to one thread.
 */
public interface TaskModel {

  /**
   * A task's parameters and their gradients.
   *
   * @param layout where each parameter lies
   * @param theta θ [P × 1]
   * @param gradient dθ [P × 1]
   */
  record Parameters(ParameterLayout layout, Matrix theta, Matrix gradient) {

    /** All zero. */
    public static Parameters zeros(DataType type, ParameterLayout layout) {
      return new Parameters(
          layout, Matrix.zeros(type, layout.length(), 1), Matrix.zeros(type, layout.length(), 1));
    }

    /**
     * The adapters whose factors lie here.
     *
     * @param initial the factors' starting values ({@link AdaptedModules#initial})
     */
    public Adapters adapters(AdaptedModules modules, float[] initial) {
      return modules.bind(theta, gradient, initial);
    }

    /** The classification head that lies here, after the factors. */
    public ClassificationHead head() {
      ParameterLayout.Entry weight = layout.entry(AdaptedModules.HEAD_WEIGHT);
      ParameterLayout.Entry bias = layout.entry(AdaptedModules.HEAD_BIAS);
      return new ClassificationHead(
          weight.of(theta), bias.of(theta), weight.of(gradient), bias.of(gradient));
    }
  }

  /** What is trained. */
  Parameters parameters();

  /** Where each parameter lies. */
  default ParameterLayout layout() {
    return parameters().layout();
  }

  /** θ; call {@link #refresh} after a change. */
  default Matrix theta() {
    return parameters().theta();
  }

  /** dθ, added to by {@link #loss}. */
  default Matrix gradient() {
    return parameters().gradient();
  }

  /**
   * Takes up the values of θ.
   *
   * @param seed decides random pairings of the coming training step
   * @param training false takes their expectation
   */
  void refresh(Pass pass, long seed, boolean training);

  /**
   * Forward and backward: adds scale · Σ dL/dθ to the gradient.
   *
   * @param batch of the kind that the model takes; another is refused
   * @param labels those of the batch's samples, one after the other
   * @return L, the sum of the labels' cross-entropies (natural logarithm), not scaled
   */
  double loss(Pass pass, Batch batch, int[] labels, double scale);

  /**
   * Forward and backward of samples that do not count alike: adds scale · Σ w dL/dθ to the
   * gradient.
   *
   * @param weights w of the batch's samples
   * @return Σ w L, not scaled
   * @throws IllegalArgumentException if the model cannot tell its samples apart
   */
  default double loss(Pass pass, Batch batch, int[] labels, double[] weights, double scale) {
    throw new IllegalArgumentException(
        "weights of examples are for classifiers of texts; leave them out");
  }

  /**
   * A batch of one model's samples, computed beside those of others.
   *
   * @param labels those of the batch's samples, one after the other
   * @param weights of the batch's samples; null for 1 each
   * @param scale of the gradient
   */
  record Part(TaskModel model, SequenceBatch batch, int[] labels, double[] weights, double scale) {}

  /** Whether {@link #losses} computes this model and another together. */
  default boolean joins(TaskModel other) {
    return false;
  }

  /**
   * What {@link #loss} does, of several models in one batch: each gets its own gradient and loss.
   *
   * @param parts of different models that {@link #joins} holds for; the pass was started for as
   *     many runs
   * @return the sum of each part's labels' cross-entropies, not scaled
   */
  default double[] losses(Pass pass, List<Part> parts) {
    throw new IllegalArgumentException("models of this kind are computed one after the other");
  }

  /** What regularisers added to the last {@link #loss}, scaled as its gradient was. */
  default double penalty() {
    return 0;
  }

  /** The answers at the labels that count, in their order. */
  Answers answers(Pass pass, Batch batch, int[] labels);

  /**
   * The number of classes that answers are told apart by; 1 where tokens are only right or wrong.
   */
  int classes();

  /** What labels and answers mean. */
  default ProblemType problem() {
    return ProblemType.SINGLE_LABEL;
  }

  /**
   * The loss of a guess that gives every label the same probability: ln(labels); infinite where
   * labels are numbers.
   */
  default double uniformLoss() {
    return Math.log(classes());
  }
}
