package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;

/** One adapted layer in float64 with random numbers in and out; for tests of single methods. */
final class AdapterProbe implements AutoCloseable {
  final Pass pass = new Pass(DataType.DOUBLE);
  final AdapterConfig config;
  final FrozenLinear linear;
  final AdaptedModules modules;
  final float[] initial;
  final Matrix theta;
  final Matrix gradient;
  final Adapter adapter;
  final Matrix x;
  final Matrix dY;
  Adapter.Saved saved;

  private final Random random = new Random(11);

  /** A layer at the method's start. */
  AdapterProbe(AdapterConfig config, int in, int out, int tokens) {
    this(config, null, in, out, tokens);
  }

  /** The same with a given weight, or a random one. */
  AdapterProbe(AdapterConfig config, Matrix weight, int in, int out, int tokens) {
    this.config = config;
    this.linear =
        new FrozenLinear("layer", weight == null ? gaussian(out, in) : weight, gaussian(out, 1));
    this.modules = new AdaptedModules(List.of(linear), config);
    this.initial = modules.initial(3);
    this.theta = Matrix.of(DataType.DOUBLE, initial.length, 1, initial);
    this.gradient = Matrix.zeros(DataType.DOUBLE, initial.length, 1);
    this.adapter = modules.bind(theta, gradient, initial).get(linear);
    this.x = gaussian(in, tokens);
    this.dY = gaussian(out, tokens);
  }

  /** A method with some values of its own. */
  static AdapterConfig config(
      String method, Integer b, double dropout, Map<String, Object> options) {
    return AdapterConfigBuilder.builder()
        .method(method)
        .b(b)
        .rank(4)
        .dropout(dropout)
        .options(options)
        .build();
  }

  /** Normally distributed elements. */
  Matrix gaussian(int rows, int columns) {
    return Matrices.random(DataType.DOUBLE, rows, columns, random);
  }

  /** Moves the parameters away from where they are. */
  AdapterProbe moved() {
    pass.kernels().add(0.3, gaussian(initial.length, 1), theta);
    return this;
  }

  /** A parameter, or its gradient. */
  Matrix of(Matrix vector, String name) {
    return modules.layout().entry("layer/" + name).of(vector);
  }

  /** What the layer gives in a training pass. */
  Matrix forward() {
    pass.startTraining(23);
    return forwardAgain(true);
  }

  /** What it gives otherwise. */
  Matrix evaluate() {
    pass.startEvaluation();
    return forwardAgain(false);
  }

  private Matrix forwardAgain(boolean training) {
    adapter.refresh(pass, 29, training);
    Matrix y = gaussian(linear.out(), x.columns());
    saved = adapter.forward(pass, x, y);
    return y;
  }

  /** Overwrites the gradient by that of the last forward; returns dX. */
  Matrix backward() {
    pass.kernels().fill(0, gradient);
    Matrix dX = gaussian(x.rows(), x.columns());
    adapter.backward(pass, saved, dY, 0, dX);
    return dX;
  }

  /** Compares dθ and dX of a training pass with central differences. */
  void assertGradients() {
    forward();
    double[] dX = backward().toDoubles();
    double[] dTheta = gradient.toDoubles();
    DoubleSupplier loss = () -> Matrices.dot(forward(), dY) + saved.penalty();
    assertThat(Matrices.distance(dTheta, Matrices.differences(theta, loss)))
        .as("dθ of " + config)
        .isLessThan(1e-7);
    assertThat(Matrices.distance(dX, Matrices.differences(x, loss)))
        .as("dX of " + config)
        .isLessThan(1e-7);
  }

  @Override
  public void close() {
    pass.close();
  }
}
