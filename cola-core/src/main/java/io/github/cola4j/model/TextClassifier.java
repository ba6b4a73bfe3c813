package io.github.cola4j.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.TokenBatch;

/**
 * One task's classifier on a shared frozen encoder: logits = head(encoder(x; adapters)). Holds one
 * flat vector of parameters θ and one of gradients, both [P × 1] as {@link #layout()} says. Belongs
 * to one thread.
 */
public final class TextClassifier {
  private final BertEncoder encoder;
  private final ParameterLayout layout;
  private final Matrix theta;
  private final Matrix gradient;
  private final Adapters adapters;
  private final ClassificationHead head;

  /**
   * A classifier whose parameters are all zero until {@link #theta()} is set.
   *
   * @param initial the factors' starting values ({@link AdaptedModules#initial})
   */
  public TextClassifier(BertEncoder encoder, AdaptedModules modules, float[] initial, int classes) {
    this.encoder = encoder;
    this.layout = modules.layout(classes, encoder.config().hiddenSize());
    this.theta = Matrix.zeros(encoder.type(), layout.length(), 1);
    this.gradient = Matrix.zeros(encoder.type(), layout.length(), 1);
    this.adapters = modules.bind(theta, gradient, initial);
    ParameterLayout.Entry weight = layout.entry(AdaptedModules.HEAD_WEIGHT);
    ParameterLayout.Entry bias = layout.entry(AdaptedModules.HEAD_BIAS);
    this.head =
        new ClassificationHead(
            weight.of(theta), bias.of(theta), weight.of(gradient), bias.of(gradient));
  }

  /**
   * The parameters a task starts with: the factors' starting values and a random head.
   *
   * @param seed of the head
   */
  public static float[] initialParameters(float[] initial, int classes, int features, long seed) {
    float[] parameters = new float[initial.length + classes * features + classes];
    System.arraycopy(initial, 0, parameters, 0, initial.length);
    float[] start = ClassificationHead.initial(classes, features, seed);
    System.arraycopy(start, 0, parameters, initial.length, start.length);
    return parameters;
  }

  /** Where each parameter lies. */
  public ParameterLayout layout() {
    return layout;
  }

  /** θ [P × 1]; call {@link #refresh} after a change. */
  public Matrix theta() {
    return theta;
  }

  /** dθ [P × 1], added to by {@link #loss}. */
  public Matrix gradient() {
    return gradient;
  }

  /** The adapters, bound to θ. */
  public Adapters adapters() {
    return adapters;
  }

  /** Takes up the values of θ. */
  public void refresh(Pass pass, long seed, boolean training) {
    adapters.refresh(pass, seed, training);
  }

  /**
   * Forward and backward: adds scale · Σ dL/dθ to the gradient.
   *
   * @param labels the class of each sequence
   * @return L, the sum of the sequences' cross-entropies (natural logarithm), not scaled
   */
  public double loss(Pass pass, TokenBatch batch, int[] labels, double scale) {
    int features = encoder.config().hiddenSize();
    Matrix pooled = pass.matrix(features, batch.sequences());
    BertEncoder.Saved saved = encoder.forward(pass, adapters, batch, pooled);
    Matrix logits = head.forward(pass, pooled);
    double loss = pass.kernels().crossEntropy(logits, labels, scale, logits);
    Matrix dPooled = pass.matrix(features, batch.sequences());
    head.backward(pass, pooled, logits, dPooled);
    encoder.backward(pass, adapters, saved, dPooled);
    return loss;
  }

  /** The logits [classes × sequences], in the pass's working memory. */
  public Matrix logits(Pass pass, TokenBatch batch) {
    return head.forward(pass, encoder.encode(pass, adapters, batch));
  }
}
