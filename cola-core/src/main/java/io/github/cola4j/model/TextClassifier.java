package io.github.cola4j.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.loss.HeadLoss;
import io.github.cola4j.model.loss.LabelSmoothing;
import io.github.cola4j.model.loss.OutputRegularizer;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.loss.Regularization;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.SequenceBatch;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * One task's classifier on a shared frozen encoder: logits = head(encoder(x; adapters)). Labels are
 * the classes of the batch's sequences, or of each sequence K of what {@link HeadLoss} takes.
 */
public final class TextClassifier implements TaskModel {
  private final Encoder encoder;
  private final Encoder plain; // the frozen model's, which merges no tokens
  private final boolean merges;
  private final Parameters parameters;
  private final Adapters adapters;
  private final ClassificationHead head;
  private final OutputRegularizer regularizer; // null for none
  private final double labelSmoothing;
  private final ProblemType problem;

  /** A classifier that learns its labels, one a text, as they are. */
  public TextClassifier(Encoder encoder, AdaptedModules modules, float[] initial, int classes) {
    this(encoder, modules, initial, classes, ProblemType.SINGLE_LABEL, null, 0);
  }

  /**
   * A classifier whose parameters are all zero until {@link #theta()} is set.
   *
   * @param encoder which merges tokens as the modules' configuration says
   * @param initial the factors' starting values ({@link AdaptedModules#initial})
   * @param problem what labels are: regularisation and smoothing are of {@link
   *     ProblemType#SINGLE_LABEL} alone
   * @param regularization added to the loss of training; null for none
   * @param labelSmoothing ε of {@link LabelSmoothing}; 0 for none
   * @throws IllegalArgumentException if the problem cannot be regularised or smoothed so, or the
   *     encoder cannot merge tokens so
   */
  public TextClassifier(
      Encoder encoder,
      AdaptedModules modules,
      float[] initial,
      int classes,
      ProblemType problem,
      Regularization regularization,
      double labelSmoothing) {
    if (problem != ProblemType.SINGLE_LABEL && (regularization != null || labelSmoothing > 0)) {
      throw new IllegalArgumentException(
          "training.regularization and training.labelSmoothing need tasks of one class a text, got"
              + " a task of problemType: "
              + problem.key()
              + "; remove them");
    }
    this.problem = problem;
    this.regularizer = regularization == null ? null : new OutputRegularizer(regularization);
    this.labelSmoothing = labelSmoothing;
    this.encoder = encoder.withTokenMerging(modules.config().tokenMerging());
    this.plain = encoder.withTokenMerging(null);
    this.merges = modules.config().tokenMerging() != null;
    this.parameters =
        Parameters.zeros(encoder.type(), modules.layout(classes, encoder.config().hiddenSize()));
    this.adapters = parameters.adapters(modules, initial);
    this.head = encoder.headBias() ? parameters.head() : parameters.head().withFixedBias();
  }

  /**
   * The parameters a task starts with: the factors' starting values and a random head, whose bias
   * is zero where the encoder's classifiers have none.
   *
   * @param seed of the head
   */
  public static float[] initialParameters(
      float[] initial, Encoder encoder, int classes, long seed) {
    int features = encoder.config().hiddenSize();
    float[] parameters = initialParameters(initial, classes, features, seed);
    if (!encoder.headBias()) {
      Arrays.fill(parameters, parameters.length - classes, parameters.length, 0);
    }
    return parameters;
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

  @Override
  public Parameters parameters() {
    return parameters;
  }

  /** Whether the head's bias is trained; else it stays as it is. */
  boolean hasHeadBias() {
    return encoder.headBias();
  }

  /** The adapters, bound to θ. */
  public Adapters adapters() {
    return adapters;
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    adapters.refresh(pass, seed, training);
  }

  @Override
  public double loss(Pass pass, Batch inputs, int[] labels, double scale) {
    return loss(pass, inputs, labels, null, scale);
  }

  /**
   * Σ w L, L = −log softmax(z)_y, dz = scale · w (softmax(z) − e_y), a sequence's z a column; or of
   * another problem what {@link HeadLoss} has.
   */
  @Override
  public double loss(Pass pass, Batch inputs, int[] labels, double[] weights, double scale) {
    Part part = new Part(this, SequenceBatch.of(inputs), labels, weights, scale);
    return losses(pass, List.of(part), adapters)[0];
  }

  @Override
  public boolean joins(TaskModel other) {
    return other instanceof TextClassifier classifier
        && !merges
        && !classifier.merges
        && classifier.encoder.linears().get(0) == encoder.linears().get(0)
        && classifier.encoder.pooling().equals(encoder.pooling());
  }

  @Override
  public double[] losses(Pass pass, List<Part> parts) {
    int[] tokens = starts(parts, SequenceBatch::tokens);
    int[] sequences = starts(parts, SequenceBatch::sequences);
    List<Adapters> all = parts.stream().map(part -> of(part).adapters).toList();
    return losses(pass, parts, Adapters.mixed(all, tokens, sequences));
  }

  private double[] losses(Pass pass, List<Part> parts, Adapters mixed) {
    SequenceBatch batch = SequenceBatch.sideBySide(parts.stream().map(Part::batch).toList());
    int features = encoder.config().hiddenSize();
    Matrix pooled = pass.matrix(features, batch.sequences());
    Matrix dPooled = pass.matrix(features, batch.sequences());
    Transformer.Saved saved = encoder.forward(pass, mixed, batch, pooled);
    Matrix frozen =
        parts.stream().anyMatch(part -> of(part).regularizer != null)
            ? plain.encode(pass, Adapters.NONE, batch)
            : null;
    int[] starts = starts(parts, SequenceBatch::sequences);
    DoubleSupplier[] losses = new DoubleSupplier[parts.size()];
    for (int p = 0; p < losses.length; p++) {
      int from = starts[p];
      int to = starts[p + 1];
      losses[p] =
          of(parts.get(p))
              .headLoss(
                  pass,
                  parts.get(p),
                  pooled.columns(from, to),
                  frozen == null ? null : frozen.columns(from, to),
                  dPooled.columns(from, to));
    }
    saved.backward(pass, mixed, dPooled);
    return Arrays.stream(losses).mapToDouble(DoubleSupplier::getAsDouble).toArray();
  }

  private static TextClassifier of(Part part) {
    return (TextClassifier) part.model();
  }

  /** Where each part starts, and the end. */
  private static int[] starts(List<Part> parts, ToIntFunction<SequenceBatch> size) {
    int[] starts = new int[parts.size() + 1];
    for (int p = 0; p < parts.size(); p++) {
      starts[p + 1] = starts[p] + size.applyAsInt(parts.get(p).batch());
    }
    return starts;
  }

  /**
   * The loss of embeddings, read when it is asked for.
   *
   * @param frozen the frozen model's, for a regulariser
   * @param dPooled overwritten
   */
  private DoubleSupplier headLoss(
      Pass pass, Part part, Matrix pooled, Matrix frozen, Matrix dPooled) {
    Matrix logits = head.forward(pass, pooled);
    Matrix dLogits = regularizer == null ? logits : pass.matrix(logits.rows(), logits.columns());
    DoubleSupplier loss = labelLoss(pass, part, logits, dLogits);
    if (regularizer == null) {
      head.backward(pass, pooled, dLogits, dPooled);
      return loss;
    }
    Matrix dDirect = pass.matrix(pooled.rows(), pooled.columns());
    pass.kernels().fill(0, dDirect);
    regularizer.reset();
    regularizer.classifier(pass, pooled, frozen, logits, part.scale(), dDirect, dLogits);
    head.backward(pass, pooled, dLogits, dPooled);
    pass.kernels().add(1, dDirect, dPooled);
    return loss;
  }

  /** With smoothed labels where the model has them. */
  private DoubleSupplier labelLoss(Pass pass, Part part, Matrix logits, Matrix dLogits) {
    if (problem != ProblemType.SINGLE_LABEL) {
      HeadLoss loss = HeadLoss.of(problem, logits, part.labels(), part.weights(), part.scale());
      dLogits.set(loss.gradient());
      return () -> loss.sum(part.weights());
    }
    if (labelSmoothing == 0) {
      return crossEntropy(pass, part, logits, dLogits);
    }
    LabelSmoothing smoothing =
        LabelSmoothing.of(labelSmoothing, logits, part.labels(), part.weights(), part.scale());
    return smoothing.added(pass, crossEntropy(pass, part, logits, dLogits), dLogits);
  }

  private DoubleSupplier crossEntropy(Pass pass, Part part, Matrix logits, Matrix dLogits) {
    int[] labels = part.labels();
    if (part.weights() == null) {
      return pass.kernels().deferredCrossEntropy(logits, labels, part.scale(), dLogits);
    }
    if (regularizer != null) {
      throw new IllegalArgumentException(
          "training.regularization looks at all examples of a step alike, so they cannot have"
              + " weights; remove one of both");
    }
    DoubleSupplier[] losses = new DoubleSupplier[labels.length];
    for (int s = 0; s < labels.length; s++) {
      losses[s] =
          pass.kernels()
              .deferredCrossEntropy(
                  logits.columns(s, s + 1),
                  new int[] {labels[s]},
                  part.scale() * part.weights()[s],
                  dLogits.columns(s, s + 1));
    }
    return () -> sum(part.weights(), losses);
  }

  private static double sum(double[] weights, DoubleSupplier[] losses) {
    double sum = 0;
    for (int s = 0; s < weights.length; s++) {
      sum += weights[s] * losses[s].getAsDouble();
    }
    return sum;
  }

  @Override
  public double penalty() {
    return regularizer == null ? 0 : regularizer.penalty();
  }

  @Override
  public Answers answers(Pass pass, Batch batch, int[] labels) {
    Matrix logits = logits(pass, SequenceBatch.of(batch));
    return problem == ProblemType.SINGLE_LABEL
        ? Answers.of(columns(logits), labels)
        : Answers.of(problem, logits, labels);
  }

  @Override
  public ProblemType problem() {
    return problem;
  }

  @Override
  public double uniformLoss() {
    return switch (problem) {
      case SINGLE_LABEL -> Math.log(classes());
      case MULTI_LABEL -> Math.log(2);
      case REGRESSION -> Double.POSITIVE_INFINITY;
    };
  }

  @Override
  public int classes() {
    return head.bias().rows();
  }

  /** The logits [classes × sequences], in the pass's working memory. */
  public Matrix logits(Pass pass, SequenceBatch batch) {
    return head.forward(pass, encoder.encode(pass, adapters, batch));
  }

  /**
   * The logits of samples, in their order, without dropout.
   *
   * @param parameters θ
   * @param maxTokens computed at once
   * @return one array of logits a sample
   */
  public float[][] logits(Pass pass, float[] parameters, List<Sample> samples, int maxTokens) {
    theta().set(parameters);
    pass.startEvaluation();
    refresh(pass, 0, false);
    float[][] logits = new float[samples.size()][];
    int[] all = IntStream.range(0, samples.size()).toArray();
    for (int[] indices : Batcher.byTokens(samples, all, maxTokens)) {
      pass.startEvaluation();
      float[][] columns = columns(logits(pass, Batcher.sequences(samples, indices)));
      for (int s = 0; s < indices.length; s++) {
        logits[indices[s]] = columns[s];
      }
    }
    return logits;
  }

  private static float[][] columns(Matrix m) {
    float[] elements = m.toArray();
    float[][] columns = new float[m.columns()][];
    for (int j = 0; j < columns.length; j++) {
      columns[j] = Arrays.copyOfRange(elements, j * m.rows(), (j + 1) * m.rows());
    }
    return columns;
  }
}
