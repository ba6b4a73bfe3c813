package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * dL/dθ of a float64 model against central differences: along random directions and coordinates.
 *
 * @param scale of the loss
 */
record GradientCheck(TaskModel model, Batch batch, int[] labels, double scale, Random random) {
  private static final double TOLERANCE = 1e-6;
  private static final double STEP = 1e-5;

  /** Checks at the model's present θ, along so many directions and coordinates. */
  void run(int directions, int coordinates) {
    int parameters = model.theta().rows();
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      model.gradient().array().assign(0);
      loss(pass);
      double[] gradient = model.gradient().toDoubles();

      double[] expected = new double[directions + coordinates];
      double[] actual = new double[directions + coordinates];
      for (int k = 0; k < directions; k++) {
        Matrix direction = Matrices.random(DataType.DOUBLE, parameters, 1, random);
        direction.array().divi(Math.sqrt(parameters));
        leaveWhatIsFixed(direction);
        expected[k] = difference(pass, direction);
        actual[k] = dot(gradient, direction.toDoubles());
      }
      for (int k = directions; k < expected.length; k++) {
        Matrix direction = Matrix.zeros(DataType.DOUBLE, parameters, 1);
        int coordinate = random.nextInt(parameters);
        direction.array().putScalar(coordinate, 0, 1);
        leaveWhatIsFixed(direction);
        expected[k] = difference(pass, direction);
        actual[k] = gradient[coordinate];
      }
      assertThat(Matrices.distance(actual, expected)).isLessThan(TOLERANCE);
      for (int k = 0; k < directions; k++) {
        double difference = Math.abs(actual[k] - expected[k]);
        assertThat(difference).isLessThan(TOLERANCE * Math.max(1e-2, Math.abs(expected[k])));
      }
    }
  }

  /** What is not trained has no gradient, and does not move. */
  private void leaveWhatIsFixed(Matrix direction) {
    for (ParameterLayout.Entry entry : model.layout().entries()) {
      if (entry.kind() == ParameterLayout.Kind.FIXED) {
        entry.of(direction).array().assign(0);
      }
    }
  }

  private double difference(Pass pass, Matrix direction) {
    Matrix theta = model.theta();
    Matrix middle = Matrix.of(DataType.DOUBLE, theta.rows(), 1, theta.toArray());
    pass.kernels().copy(theta, middle);
    pass.kernels().add(STEP, direction, theta);
    double up = loss(pass);
    pass.kernels().add(-2 * STEP, direction, theta);
    double down = loss(pass);
    pass.kernels().copy(middle, theta);
    return (up - down) / (2 * STEP);
  }

  /** A training step's forward and backward, with the same random choices at every call. */
  private double loss(Pass pass) {
    pass.startTraining(13);
    model.refresh(pass, 17, true);
    return scale * model.loss(pass, batch, labels, scale) + model.penalty();
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
