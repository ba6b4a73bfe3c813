package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** What every method must do, in float64 unless said otherwise. */
class MethodContractTest {
  private static final int IN = 12;
  private static final int OUT = 8;
  private static final int TOKENS = 5;
  private static final int RANK = 4;

  /** W(mean of θ) = mean of W(θ): averaging their parameters is exact. */
  private static final Set<String> LINEAR_IN_PARAMETERS =
      Set.of("ia3", "miss", "shira", "bat", "c3a");

  /** Methods with other than their defaults. */
  private static final Map<String, AdapterConfig> VARIANTS =
      Map.of(
          "cola with a residual pair",
          residual("cola", "heuristic", 3),
          "rslora with a residual pair",
          residual("rslora", null, OUT + 1),
          "dora from pissa",
          with("dora", RANK, "pissa", null),
          "ia3 of inputs",
          with("ia3", RANK, null, List.of("ayer")),
          "miss of shards that do not fit",
          with("miss", 5, null, null),
          "vera with stored matrices",
          options("vera", Map.of("storedProjection", true)),
          "gralora of 4 × 4 blocks",
          options("gralora", Map.of("blocks", 4)),
          "oft of one rotation by a series",
          options("oft", Map.of("shared", true, "terms", 5)),
          "c3a of small blocks",
          with("c3a", 2, null, null));

  @TempDir private Path folder;

  private final Random random = new Random(11);
  private final Pass pass = new Pass(DataType.DOUBLE);
  private final Pass floats = new Pass(DataType.FLOAT);
  private final Matrix x = gaussian(IN, TOKENS);
  private final Matrix dY = gaussian(OUT, TOKENS);
  private final FrozenLinear linear =
      new FrozenLinear("layer", gaussian(OUT, IN), gaussian(OUT, 1));

  private static AdapterConfig with(
      String method, int rank, String init, List<String> feedforward) {
    return AdapterConfig.of(method)
        .withRank(rank)
        .withInit(init)
        .withOptions(feedforward == null ? null : Map.of("feedforward", feedforward));
  }

  private static AdapterConfig options(String method, Map<String, Object> options) {
    return AdapterConfig.of(method).withRank(RANK).withOptions(options);
  }

  private static AdapterConfig residual(String method, String pairing, int residual) {
    return AdapterConfig.of(method).withRank(RANK).withPairing(pairing).withResidual(residual);
  }

  @AfterEach
  void free() {
    pass.close();
    floats.close();
  }

  private Matrix gaussian(int rows, int columns) {
    return Matrices.random(DataType.DOUBLE, rows, columns, random);
  }

  /** A method on the layer, its parameters a little away from where they started. */
  private final class Setup {
    final AdapterConfig config;
    final AdaptedModules modules;
    final float[] initial;
    final Matrix theta;
    final Matrix gradient;
    final Adapter adapter;

    Setup(String method) {
      config =
          VARIANTS.containsKey(method)
              ? VARIANTS.get(method)
              : AdapterConfig.of(method).withRank(RANK);
      modules = new AdaptedModules(List.of(linear), config);
      initial = modules.initial(3);
      theta = Matrix.of(DataType.DOUBLE, initial.length, 1, initial);
      gradient = Matrix.zeros(DataType.DOUBLE, initial.length, 1);
      adapter = modules.bind(theta, gradient, initial).get(linear);
    }

    Setup moved() {
      pass.kernels().add(0.3, gaussian(initial.length, 1), theta);
      return this;
    }

    Matrix forward() {
      pass.startTraining(23);
      return forwardAgain(true);
    }

    Matrix evaluate() {
      pass.startEvaluation();
      return forwardAgain(false);
    }

    private Matrix forwardAgain(boolean training) {
      adapter.refresh(pass, 29, training);
      Matrix y = gaussian(OUT, TOKENS);
      saved = adapter.forward(pass, x, y);
      return y;
    }

    Adapter.Saved saved;

    /** Overwrites the gradient; returns dX, which starts as {@code beta} counts it. */
    Matrix backward(double beta, Matrix dX) {
      forward();
      pass.kernels().fill(0, gradient);
      adapter.backward(pass, saved, dY, beta, dX);
      return dX;
    }

    Function<String, RealMatrix> plain(Matrix vector) {
      return name -> Plain.of(new ModuleParameters("layer", modules.layout(), vector).get(name));
    }

    RealMatrix expected() {
      return PlainMethods.BY_NAME.get(config.method()).apply(layer(theta));
    }

    private PlainMethods.Layer layer(Matrix parameters) {
      return new PlainMethods.Layer(
          config,
          Plain.of(Matrices.weight(linear)),
          Plain.of(linear.bias()),
          Plain.of(x),
          plain(parameters),
          plain(Matrix.of(DataType.DOUBLE, initial.length, 1, initial)));
    }

    /** What the backward differentiates: ⟨Y, dY⟩, constants of the method staying as they are. */
    DoubleSupplier loss() {
      BiFunction<PlainMethods.Layer, PlainMethods.Layer, RealMatrix> detached =
          PlainMethods.DETACHED.get(config.method());
      if (detached == null) {
        return () -> Matrices.dot(forward(), dY) + saved.penalty();
      }
      Matrix constant = Matrix.zeros(DataType.DOUBLE, initial.length, 1);
      pass.kernels().copy(theta, constant);
      RealMatrix weights = Plain.of(dY).transpose();
      return () -> detached.apply(layer(theta), layer(constant)).multiply(weights).getTrace();
    }
  }

  static List<String> methods() {
    return Stream.concat(
            AdapterMethods.all().stream().map(AdapterMethod::name),
            VARIANTS.keySet().stream().sorted())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void computesAsItsPaperWritesIt(String method) {
    Setup setup = new Setup(method).moved();
    double[] expected = Plain.flat(setup.expected());
    assertThat(Matrices.distance(setup.forward().toDoubles(), expected)).isLessThan(1e-10);
    assertThat(Matrices.distance(setup.evaluate().toDoubles(), expected)).isLessThan(1e-10);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void startsAsTheBase(String method) {
    Setup setup = new Setup(method);
    Matrix base = gaussian(OUT, TOKENS);
    linear.forward(pass, x, base);
    assertThat(Matrices.distance(setup.forward(), base)).isLessThan(1e-6);
    assertThat(Matrices.distance(setup.evaluate(), base)).isLessThan(1e-6);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void gradientsAreCentralDifferences(String method) {
    Setup setup = new Setup(method).moved();
    DoubleSupplier loss = setup.loss();
    Matrix dX = setup.backward(0, gaussian(IN, TOKENS));
    double[] gradient = setup.gradient.toDoubles();
    double[] differences = Matrices.differences(setup.theta, loss);
    for (ParameterLayout.Entry entry : setup.modules.layout().entries()) {
      if (entry.kind() == ParameterLayout.Kind.FIXED) { // it counts, and is not trained
        int end = entry.offset() + entry.length();
        assertThat(Arrays.copyOfRange(differences, entry.offset(), end)).doesNotContain(0.0);
        Arrays.fill(differences, entry.offset(), end, 0);
      }
    }
    assertThat(Matrices.distance(gradient, differences)).as("dθ").isLessThan(1e-7);
    assertThat(Matrices.distance(dX.toDoubles(), Matrices.differences(x, loss)))
        .as("dX")
        .isLessThan(1e-7);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void gradientsAddUpAndNoInputGradientIsNeeded(String method) {
    Setup setup = new Setup(method).moved();
    double[] dX = setup.backward(0, gaussian(IN, TOKENS)).toDoubles();
    double[] once = setup.gradient.toDoubles();
    Matrix start = gaussian(IN, TOKENS);
    double[] before = start.toDoubles();
    double[] added = setup.backward(1, start).toDoubles();
    for (int i = 0; i < dX.length; i++) {
      before[i] += dX[i];
    }
    assertThat(Matrices.distance(added, before)).isLessThan(1e-12);
    setup.adapter.backward(pass, setup.saved, dY, 0, null);
    double[] twice = setup.gradient.toDoubles();
    for (int i = 0; i < once.length; i++) {
      once[i] *= 2;
    }
    assertThat(Matrices.distance(twice, once)).isLessThan(1e-12);
  }

  /** The CPU's kernels and float32 do the same. */
  @ParameterizedTest
  @MethodSource("methods")
  void floatsComputeTheSame(String method) {
    Setup setup = new Setup(method).moved();
    Matrix dX = setup.backward(0, gaussian(IN, TOKENS));
    Matrix y = setup.forward();
    FrozenLinear narrow =
        new FrozenLinear("layer", narrow(Matrices.weight(linear)), narrow(linear.bias()));
    Matrix gradient = Matrix.zeros(DataType.FLOAT, setup.initial.length, 1);
    Adapter adapter =
        new AdaptedModules(List.of(narrow), setup.config)
            .bind(narrow(setup.theta), gradient, setup.initial)
            .get(narrow);
    Matrix narrowY = Matrix.zeros(DataType.FLOAT, OUT, TOKENS);
    Matrix narrowX = Matrix.zeros(DataType.FLOAT, IN, TOKENS);
    floats.startTraining(23);
    adapter.refresh(floats, 29, true);
    Adapter.Saved saved = adapter.forward(floats, narrow(x), narrowY);
    adapter.backward(floats, saved, narrow(dY), 0, narrowX);
    assertThat(Matrices.distance(narrowY, y)).isLessThan(1e-5);
    assertThat(Matrices.distance(narrowX, dX)).isLessThan(1e-5);
    assertThat(Matrices.distance(gradient, setup.gradient)).isLessThan(1e-5);
  }

  private static Matrix narrow(Matrix m) {
    return Matrix.of(DataType.FLOAT, m.rows(), m.columns(), m.toArray());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void mergesOrSaysWhyNot(String method) {
    Setup setup = new Setup(method).moved();
    Matrix expected = setup.evaluate();
    if (setup.adapter.unmergeableReason() != null) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Merging.merge(pass, setup.adapter))
          .withMessageContaining("layer")
          .withMessageContaining(setup.adapter.unmergeableReason());
      return;
    }
    double[] frozen = Matrices.weight(linear).toDoubles();
    FrozenLinear merged = Merging.merge(pass, setup.adapter);
    Matrix y = gaussian(OUT, TOKENS);
    merged.forward(pass, x, y);
    assertThat(Matrices.distance(y, expected)).isLessThan(1e-10);
    assertThat(Matrices.weight(linear).toDoubles()).containsExactly(frozen);
    pass.kernels().fill(Double.NaN, setup.theta);
    setup.evaluate();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Merging.merge(pass, setup.adapter))
        .withMessageContaining("NaN")
        .withMessageContaining("layer");
  }

  @ParameterizedTest
  @MethodSource("methods")
  void isStoredAndLoaded(String method) {
    Setup setup = new Setup(method).moved();
    var description =
        new AdapterStore.Description(
            1, "task", List.of("no", "yes"), "model", "sha", 16, setup.config, null);
    float[] head = {1, 2, 3, 4, 5, 6, 7, 8};
    float[] theta = new float[setup.initial.length + head.length];
    System.arraycopy(setup.theta.toArray(), 0, theta, 0, setup.initial.length);
    System.arraycopy(head, 0, theta, setup.initial.length, head.length);
    AdapterStore.save(folder, TrainedAdapter.of(description, setup.modules, theta, setup.initial));
    TrainedAdapter loaded = AdapterStore.load(folder, List.of(linear), 3);
    assertThat(loaded.description()).isEqualTo(description);
    assertThat(loaded.theta()).containsExactly(theta);
    Matrix again = Matrix.of(DataType.DOUBLE, setup.initial.length, 1, setup.theta.toArray());
    pass.kernels().copy(again, setup.theta);
    double[] expected = setup.evaluate().toDoubles();
    Adapter adapter = setup.modules.bind(setup.theta, setup.gradient, loaded.initial()).get(linear);
    adapter.refresh(pass, 0, false);
    Matrix y = gaussian(OUT, TOKENS);
    adapter.forward(pass, x, y);
    assertThat(Matrices.distance(y.toDoubles(), expected)).isLessThan(1e-12);
  }

  /** What averaging parameters gives, beside the average of what the shards' adapters do. */
  @ParameterizedTest
  @MethodSource("methods")
  void averagingIsExactWhereTheMethodIsLinear(String method) {
    Setup setup = new Setup(method);
    Matrix start = Matrix.zeros(DataType.DOUBLE, setup.initial.length, 1);
    pass.kernels().copy(setup.theta, start);
    double[] first = setup.moved().evaluate().toDoubles();
    Matrix one = Matrix.zeros(DataType.DOUBLE, setup.initial.length, 1);
    pass.kernels().copy(setup.theta, one);
    pass.kernels().copy(start, setup.theta);
    double[] second = setup.moved().evaluate().toDoubles();
    pass.kernels().add(1, one, setup.theta);
    pass.kernels().add(-0.5, setup.theta, setup.theta);
    double[] ofMean = setup.evaluate().toDoubles();
    for (int i = 0; i < first.length; i++) {
      first[i] = (first[i] + second[i]) / 2;
    }
    double distance = Matrices.distance(ofMean, first);
    if (LINEAR_IN_PARAMETERS.contains(setup.config.method())) {
      assertThat(distance).isLessThan(1e-12);
    } else {
      assertThat(distance).isGreaterThan(1e-6);
    }
  }
}
