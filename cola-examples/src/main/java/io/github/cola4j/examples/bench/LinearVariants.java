package io.github.cola4j.examples.bench;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.stored.BFloat16Copy;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.weight.Weight;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;

/** What {@link LinearBench} compares at one shape: forward and backward on the same data. */
final class LinearVariants {
  static final String FROZEN = "frozen alone";
  static final List<String> PAIRINGS = List.of("full", "heuristic");

  private final Pass pass;
  private final FrozenLinear linear;
  private final Matrix x; // [in × T]
  private final Matrix y; // [out × T]
  private final Matrix dY; // [out × T]
  private final Matrix dX; // [in × T]
  private final Map<String, Runnable> byName = new LinkedHashMap<>();

  LinearVariants(LinearBench.Shape shape, Precision precision, Pass pass) {
    this.pass = pass;
    Random random = new Random(3);
    double scale = 1 / Math.sqrt(shape.in());
    Matrix weight = SquareProduct.random(shape.out(), shape.in(), scale, random);
    linear = new FrozenLinear("layer", stored(weight, precision), /* bias= */ null);
    x = SquareProduct.random(shape.in(), shape.tokens(), 1, random);
    y = Matrix.zeros(DataType.FLOAT, shape.out(), shape.tokens());
    dY = SquareProduct.random(shape.out(), shape.tokens(), 1, random);
    dX = Matrix.zeros(DataType.FLOAT, shape.in(), shape.tokens());
    byName.put(FROZEN, this::frozen);
    for (String pairing : PAIRINGS) {
      byName.put(cola(pairing, false), adapted(pairing, "kaiming"));
      byName.put(cola(pairing, true), adapted(pairing, "pissa"));
      PairLoop loop = pairLoop(pairing, random);
      byName.put(loop(pairing), () -> loop.run(pass, x, y, dY, dX));
    }
  }

  /** As a model has it: a matrix, or rounded for products in bfloat16. */
  private static Weight stored(Matrix matrix, Precision precision) {
    Weight weight = Weight.of(matrix);
    if (precision == Precision.FLOAT32) {
      return weight;
    }
    BFloat16Copy copy = new BFloat16Copy(weight.out(), weight.in());
    copy.setRows(0, weight.rows(0, weight.out()));
    return Weight.stored(copy.matrix(), precision);
  }

  /** The name of CoLA's variant. */
  static String cola(String pairing, boolean fixedPair) {
    return "CoLA " + pairing + (fixedPair ? " with fixed pair" : "");
  }

  /** The name of the loop's variant. */
  static String loop(String pairing) {
    return "loop " + pairing;
  }

  /** Forward and backward of each variant, the frozen layer first. */
  Map<String, Runnable> byName() {
    return byName;
  }

  private void frozen() {
    linear.forward(pass, x, y);
    linear.backward(pass, dY, 0, dX);
  }

  private Runnable adapted(String pairing, String init) {
    AdapterConfig config = AdapterConfig.defaults().withPairing(pairing).withInit(init);
    AdaptedModules modules = AdaptedModules.trained(List.of(linear), config);
    float[] initial = modules.initial(5);
    Matrix theta = Matrix.of(DataType.FLOAT, initial.length, 1, initial);
    Matrix gradient = Matrix.zeros(DataType.FLOAT, initial.length, 1);
    Adapters adapters = modules.bind(theta, gradient, initial);
    return () -> {
      pass.startTraining(1);
      adapters.refresh(pass, 1, true);
      Adapter adapter = adapters.get(linear);
      Adapter.Saved saved = AdaptedLinear.forward(pass, linear, adapter, x, y);
      AdaptedLinear.backward(pass, linear, adapter, saved, dY, 0, dX);
    };
  }

  private PairLoop pairLoop(String pairing, Random random) {
    AdapterConfig config = AdapterConfig.defaults();
    AdaptedModules modules = new AdaptedModules(List.of(linear), config);
    ParameterLayout layout = modules.layout();
    Matrix theta = SquareProduct.random(layout.length(), 1, 0.01, random);
    Matrix gradient = Matrix.zeros(DataType.FLOAT, layout.length(), 1);
    ParameterLayout.Entry a = layout.entries().get(0);
    ParameterLayout.Entry b = layout.entries().get(1);
    return new PairLoop(
        linear,
        Pairings.named(pairing).expectation(config.a(), config.b()),
        config.rank(),
        config.alpha() / config.rank(),
        a.of(theta),
        b.of(theta),
        a.of(gradient),
        b.of(gradient));
  }
}
