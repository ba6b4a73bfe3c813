package io.github.cola4j.nn;

import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;

/** Random matrices and central differences for tests. */
public final class Matrices {
  private Matrices() {}

  /** A copy of a layer's weight, in memory of its own. */
  public static Matrix weight(FrozenLinear linear) {
    try (Pass pass = new Pass(linear.weight().type())) {
      Matrix matrix = linear.weight().matrix(pass);
      return Matrix.of(matrix.type(), matrix.rows(), matrix.columns(), matrix.toArray());
    }
  }

  /** Normally distributed elements. */
  public static Matrix random(DataType type, int rows, int columns, Random random) {
    float[] elements = new float[rows * columns];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) random.nextGaussian();
    }
    return Matrix.of(type, rows, columns, elements);
  }

  /** Normally distributed elements in a provider's memory, float32. */
  public static Matrix random(KernelProvider provider, int rows, int columns, Random random) {
    Storage storage = provider.allocate(DataType.FLOAT, (long) rows * columns);
    Matrix matrix = Matrix.over(storage, 0, rows, columns);
    float[] elements = new float[rows * columns];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) random.nextGaussian();
    }
    matrix.set(elements);
    return matrix;
  }

  /** Sequences of the given lengths with random ids below {@code vocabulary}. */
  public static TokenBatch batch(int vocabulary, Random random, int... lengths) {
    int[] starts = new int[lengths.length + 1];
    for (int s = 0; s < lengths.length; s++) {
      starts[s + 1] = starts[s] + lengths[s];
    }
    int tokens = starts[lengths.length];
    int[] types = new int[tokens];
    for (int t = 0; t < tokens; t++) {
      types[t] = random.nextInt(2);
    }
    return new TokenBatch(random.ints(tokens, 0, vocabulary).toArray(), types, starts);
  }

  /** ⟨a, b⟩. */
  public static double dot(Matrix a, Matrix b) {
    double[] x = a.toDoubles();
    double[] y = b.toDoubles();
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  /** The largest difference of an element, relative to the largest element. */
  public static double distance(Matrix actual, Matrix expected) {
    return distance(actual.toDoubles(), expected.toDoubles());
  }

  /** The largest difference of an element, relative to the largest element. */
  public static double distance(double[] actual, double[] expected) {
    if (actual.length != expected.length) {
      throw new IllegalArgumentException(actual.length + " and " + expected.length + " elements");
    }
    double difference = 0;
    double largest = 1e-30;
    for (int i = 0; i < expected.length; i++) {
      if (Double.isNaN(actual[i])) {
        return Double.NaN;
      }
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return difference / largest;
  }

  /** dLoss/dx by central differences; x is float64 and ends as it was. */
  public static double[] differences(Matrix x, DoubleSupplier loss) {
    double step = 1e-5;
    double[] gradient = new double[(int) x.length()];
    for (int j = 0; j < x.columns(); j++) {
      for (int i = 0; i < x.rows(); i++) {
        double value = x.array().getDouble(i, j);
        x.array().putScalar(i, j, value + step);
        double up = loss.getAsDouble();
        x.array().putScalar(i, j, value - step);
        double down = loss.getAsDouble();
        x.array().putScalar(i, j, value);
        gradient[j * x.rows() + i] = (up - down) / (2 * step);
      }
    }
    return gradient;
  }
}
