package io.github.cola4j.train;

import io.github.cola4j.model.Answers;
import io.github.cola4j.model.ClassificationHead;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The baseline that costs least: softmax regression on the frozen model's embeddings, each feature
 * standardised, trained by AdamW on all examples at once. Weight decay and number of steps are
 * those that do best on the validation examples.
 */
public final class LinearProbe {
  private static final double[] DECAYS = {0.01, 0.1, 0.3, 1, 3};
  private static final int STEPS = 200;
  private static final int STEPS_BETWEEN_CHECKS = 10;
  private static final double RATE = 0.02;

  private final int classes;
  private final float[] mean;
  private final float[] scale;
  private final float[] parameters;

  /**
   * Labelled embeddings.
   *
   * @param x [d] for each example
   * @param labels their classes
   */
  public record Embedded(float[][] x, int[] labels) {}

  private LinearProbe(int classes, float[] mean, float[] scale, float[] parameters) {
    this.classes = classes;
    this.mean = mean;
    this.scale = scale;
    this.parameters = parameters;
  }

  /** Trains on one set of examples and chooses on another. */
  public static LinearProbe fit(int classes, Embedded train, Embedded validation, long seed) {
    int d = train.x()[0].length;
    float[] mean = new float[d];
    float[] scale = new float[d];
    for (int i = 0; i < d; i++) {
      int feature = i;
      double m = IntStream.range(0, train.x().length).mapToDouble(n -> train.x()[n][feature]).sum();
      m /= train.x().length;
      double center = m;
      double square =
          IntStream.range(0, train.x().length)
              .mapToDouble(n -> Math.pow(train.x()[n][feature] - center, 2))
              .sum();
      mean[i] = (float) m;
      scale[i] = (float) Math.sqrt(square / train.x().length + 1e-12);
    }
    Matrix x = standardised(train, mean, scale);
    Matrix held = standardised(validation, mean, scale);
    float[] best = null;
    double bestAccuracy = -1;
    double bestLoss = Double.POSITIVE_INFINITY;
    try (Pass pass = new Pass(DataType.FLOAT)) {
      for (double decay : DECAYS) {
        Run run = new Run(classes, d, seed);
        for (int step = 0; step < STEPS; step++) {
          run.step(pass, x, train.labels(), decay, step);
          if ((step + 1) % STEPS_BETWEEN_CHECKS == 0) {
            Evaluation score = run.evaluate(pass, held, validation.labels());
            if (score.accuracy() > bestAccuracy
                || (score.accuracy() == bestAccuracy && score.loss() < bestLoss)) {
              bestAccuracy = score.accuracy();
              bestLoss = score.loss();
              best = run.theta.toArray();
            }
          }
        }
      }
    }
    return new LinearProbe(classes, mean, scale, best);
  }

  /** Evaluates on other examples. */
  public Evaluation evaluate(Embedded examples) {
    Run run = new Run(classes, mean.length, 0);
    run.theta.set(parameters);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      return run.evaluate(pass, standardised(examples, mean, scale), examples.labels());
    }
  }

  private static Matrix standardised(Embedded examples, float[] mean, float[] scale) {
    int d = mean.length;
    float[] elements = new float[Math.multiplyExact(d, examples.x().length)];
    for (int n = 0; n < examples.x().length; n++) {
      for (int i = 0; i < d; i++) {
        elements[n * d + i] = (examples.x()[n][i] - mean[i]) / scale[i];
      }
    }
    return Matrix.of(DataType.FLOAT, d, examples.x().length, elements);
  }

  /** One training, from random parameters on. */
  private static final class Run {
    private final int classes;
    private final Matrix theta;
    private final Matrix gradient;
    private final Matrix m;
    private final Matrix v;
    private final ClassificationHead head;

    Run(int classes, int d, long seed) {
      this.classes = classes;
      int weights = classes * d;
      theta = Matrix.zeros(DataType.FLOAT, weights + classes, 1);
      gradient = Matrix.zeros(DataType.FLOAT, weights + classes, 1);
      m = Matrix.zeros(DataType.FLOAT, weights + classes, 1);
      v = Matrix.zeros(DataType.FLOAT, weights + classes, 1);
      theta.set(ClassificationHead.initial(classes, d, seed));
      head =
          new ClassificationHead(
              theta.rows(0, weights).reshape(classes, d),
              theta.rows(weights, weights + classes),
              gradient.rows(0, weights).reshape(classes, d),
              gradient.rows(weights, weights + classes));
    }

    void step(Pass pass, Matrix x, int[] labels, double decay, int step) {
      Kernels kernels = pass.kernels();
      pass.startTraining(step);
      kernels.fill(0, gradient);
      Matrix logits = head.forward(pass, x);
      kernels.crossEntropy(logits, labels, 1.0 / labels.length, logits);
      head.backward(pass, x, logits, null);
      kernels.adamW(
          theta, m, v, gradient, new Kernels.AdamWStep(RATE, 0.9, 0.999, 1e-8, decay, step + 1, 1));
    }

    Evaluation evaluate(Pass pass, Matrix x, int[] labels) {
      pass.startEvaluation();
      float[] elements = head.forward(pass, x).toArray();
      float[][] logits = new float[labels.length][classes];
      for (int n = 0; n < labels.length; n++) {
        System.arraycopy(elements, n * classes, logits[n], 0, classes);
      }
      return Evaluation.of(classes, Answers.of(logits, labels), labels);
    }
  }
}
