package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Layers that share Lily's matrices, and HF PEFT's numbers of one token. */
class LilyTest {
  private static final List<String> NAMES =
      List.of("layers.0.q", "layers.0.v", "layers.1.q", "layers.1.v", "layers.2.q");
  private static final int IN = 6;
  private static final int TOKENS = 4;
  private static final AdapterConfig CONFIG =
      AdapterConfig.of("lily").withRank(3).withAlpha(4.5).withOptions(Map.of("stride", 2));

  @TempDir private Path folder;

  private final Random random = new Random(4);
  private final Pass pass = new Pass(DataType.DOUBLE);
  private final List<FrozenLinear> linears = new ArrayList<>();

  /** The layers bound to a little more than their start. */
  private final class Bound {
    final AdaptedModules modules = new AdaptedModules(linears, CONFIG);
    final float[] initial = modules.initial(1);
    final Matrix theta = Matrix.of(DataType.DOUBLE, initial.length, 1, initial);
    final Matrix gradient = Matrix.zeros(DataType.DOUBLE, initial.length, 1);
    final Adapters adapters = modules.bind(theta, gradient, initial);

    Bound moved() {
      pass.kernels().add(0.4, gaussian(initial.length, 1), theta);
      adapters.refresh(pass, 1, true);
      return this;
    }
  }

  @AfterEach
  void free() {
    pass.close();
  }

  private Matrix gaussian(int rows, int columns) {
    return Matrices.random(DataType.DOUBLE, rows, columns, random);
  }

  private static int out(String layer) {
    return layer.endsWith("q") ? 5 : 4;
  }

  private void makeLayers() {
    for (String name : NAMES) {
      linears.add(new FrozenLinear(name, gaussian(out(name), IN), null));
    }
  }

  @Test
  void sharedMatricesLieOnceWithTheFirstLayerThatHasThem() {
    makeLayers();
    assertThat(new Bound().modules.layout().entries().stream().map(ParameterLayout.Entry::name))
        .containsExactly(
            "layers.0.q/A",
            "layers.0.q/B",
            "layers.0.q/router",
            "layers.0.v/A",
            "layers.0.v/B",
            "layers.0.v/router",
            "layers.1.q/router",
            "layers.1.v/router",
            "layers.2.q/A",
            "layers.2.q/router");
    AdapterConfig other =
        CONFIG.withOverrides(List.of(new AdapterConfig.Override("layers.1.q", 2, null)));
    assertThat(new AdaptedModules(linears, other).layout().entries())
        .as("another rank shares nothing")
        .extracting(ParameterLayout.Entry::name)
        .contains("layers.1.q/A", "layers.1.q/B")
        .doesNotContain("layers.2.q/A");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CONFIG.withOptions(Map.of("stride", 0)))
        .withMessageContaining("must be at least 1, got 0");
  }

  @Test
  void gradientsOfLayersThatShareAddUp() {
    makeLayers();
    Bound bound = new Bound().moved();
    pass.startTraining(7);
    List<Matrix> inputs = linears.stream().map(linear -> gaussian(IN, TOKENS)).toList();
    List<Matrix> dYs = linears.stream().map(linear -> gaussian(linear.out(), TOKENS)).toList();
    DoubleSupplier loss =
        () -> {
          double sum = 0;
          for (int i = 0; i < linears.size(); i++) {
            Matrix y = Matrix.zeros(DataType.DOUBLE, linears.get(i).out(), TOKENS);
            bound.adapters.get(linears.get(i)).forward(pass, inputs.get(i), y);
            sum += Matrices.dot(y, dYs.get(i));
          }
          return sum;
        };
    for (int i = 0; i < linears.size(); i++) {
      Adapter adapter = bound.adapters.get(linears.get(i));
      Matrix y = Matrix.zeros(DataType.DOUBLE, linears.get(i).out(), TOKENS);
      Adapter.Saved saved = adapter.forward(pass, inputs.get(i), y);
      Matrix dX = Matrix.zeros(DataType.DOUBLE, IN, TOKENS);
      adapter.backward(pass, saved, dYs.get(i), 0, dX);
      assertThat(Matrices.distance(dX.toDoubles(), Matrices.differences(inputs.get(i), loss)))
          .isLessThan(1e-7);
    }
    double[] differences = Matrices.differences(bound.theta, loss);
    assertThat(Matrices.distance(bound.gradient.toDoubles(), differences)).isLessThan(1e-7);
  }

  /** A router that took the mean over a batch's tokens would not pass. */
  @Test
  void aTokenKnowsNoOtherToken() {
    makeLayers();
    Bound bound = new Bound().moved();
    pass.startEvaluation();
    Adapter adapter = bound.adapters.get(linears.get(2));
    Matrix x = gaussian(IN, TOKENS);
    Matrix y = Matrix.zeros(DataType.DOUBLE, 5, TOKENS);
    adapter.forward(pass, x, y);
    for (int t = 0; t < TOKENS; t++) {
      Matrix alone = Matrix.zeros(DataType.DOUBLE, 5, 1);
      adapter.forward(pass, x.columns(t, t + 1), alone);
      assertThat(Matrices.distance(alone, y.columns(t, t + 1))).isLessThan(1e-12);
    }
  }

  @Test
  void ofOneTokenValuesAndGradientsAreThoseOfPeft() {
    Goldens golden = new Goldens("lily", "expected.safetensors");
    for (String name : NAMES) {
      Matrix weight = Matrix.unset(DataType.DOUBLE, out(name), IN);
      weight.setRows(0, golden.get(name + ".weight"));
      linears.add(new FrozenLinear(name, weight, null));
    }
    Bound bound = new Bound();
    for (ParameterLayout.Entry entry : bound.modules.layout().entries()) {
      bound
          .theta
          .rows(entry.offset(), entry.offset() + entry.length())
          .set(golden.get(entry.name()));
    }
    bound.adapters.refresh(pass, 1, true);
    pass.startTraining(7);
    Map<String, float[]> outputs = new HashMap<>();
    for (FrozenLinear linear : linears) {
      String name = linear.name();
      Matrix x = Matrix.of(DataType.DOUBLE, IN, 1, golden.get(name + ".x"));
      Matrix dY = Matrix.of(DataType.DOUBLE, linear.out(), 1, golden.get(name + ".dY"));
      Matrix y = Matrix.zeros(DataType.DOUBLE, linear.out(), 1);
      Adapter adapter = bound.adapters.get(linear);
      Adapter.Saved saved = adapter.forward(pass, x, y);
      adapter.backward(pass, saved, dY, 0, null);
      outputs.put(name, y.toArray());
    }
    outputs.forEach((name, y) -> requireClose(y, golden.get(name + ".y"), name));
    for (ParameterLayout.Entry entry : bound.modules.layout().entries()) {
      Matrix window = bound.gradient.rows(entry.offset(), entry.offset() + entry.length());
      requireClose(window.toArray(), golden.get("grad/" + entry.name()), entry.name());
    }
  }

  private static void requireClose(float[] actual, float[] expected, String name) {
    assertThat(actual).as(name).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      float tolerance = 1e-5f * Math.max(1, Math.abs(expected[i]));
      assertThat(Math.abs(actual[i] - expected[i])).as(name).isLessThan(tolerance);
    }
  }

  @Test
  void sharedMatricesAreStoredOnce() {
    makeLayers();
    Bound bound = new Bound().moved();
    float[] theta = bound.theta.toArray();
    var description =
        new AdapterStore.Description(
            1, "task", List.of("a", "b"), "model", "sha", 16, CONFIG, null);
    float[] all = new float[theta.length + 2 * (IN + 1)];
    System.arraycopy(theta, 0, all, 0, theta.length);
    AdapterStore.save(folder, TrainedAdapter.of(description, bound.modules, all, bound.initial));
    TrainedAdapter loaded = AdapterStore.load(folder, linears, IN);
    assertThat(loaded.theta()).containsExactly(all);
    int ofQ = (2 * IN + 2 * 5 + 3 * 2) * 3; // two A, two B_e, three routers
    int ofV = (IN + 2 * 4 + 2 * 2) * 3;
    assertThat(theta).hasSize(ofQ + ofV);
  }
}
