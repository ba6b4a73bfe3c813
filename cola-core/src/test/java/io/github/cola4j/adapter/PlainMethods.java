package io.github.cola4j.adapter;

import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * What each method adds to or makes of a layer, written down as its paper does, in plain Java
 * doubles: the reference of {@link MethodContractTest}. A method without an entry fails there.
 */
final class PlainMethods {
  private PlainMethods() {}

  /**
   * A layer with values for its parameters.
   *
   * @param w W [out × in]
   * @param bias b [out × 1]
   * @param x X [in × T]
   * @param parameters by name, as the layout has them, of θ
   * @param initial the same at step 0
   */
  record Layer(
      AdapterConfig config,
      RealMatrix w,
      RealMatrix bias,
      RealMatrix x,
      Function<String, RealMatrix> parameters,
      Function<String, RealMatrix> initial) {

    double scaling() {
      return config.scalingOf("layer");
    }

    int rank() {
      return config.rankOf("layer");
    }

    /** Columns {@code index·r} to {@code (index+1)·r}. */
    static RealMatrix block(RealMatrix m, int index, int r) {
      return m.getSubMatrix(0, m.getRowDimension() - 1, index * r, (index + 1) * r - 1);
    }

    /** Y without the bias that is added to each column. */
    RealMatrix plusBias(RealMatrix y) {
      RealMatrix sum = y.copy();
      for (int t = 0; t < y.getColumnDimension(); t++) {
        sum.setColumnMatrix(t, y.getColumnMatrix(t).add(bias));
      }
      return sum;
    }
  }

  /** Y [out × T] by method. */
  static final Map<String, Function<Layer, RealMatrix>> BY_NAME =
      Map.ofEntries(
          Map.entry("cola", PlainMethods::everyPair),
          Map.entry("lora", PlainMethods::everyPair),
          Map.entry("rslora", PlainMethods::everyPair),
          Map.entry("lora+", PlainMethods::everyPair),
          Map.entry("pissa", PlainMethods::everyPair),
          Map.entry("dora", layer -> lengthsOfRows(layer, layer)),
          Map.entry("ia3", PlainMethods::factorEach),
          Map.entry("miss", PlainMethods::sharedShards));

  /**
   * Y of methods whose backward takes something for a constant: their formula with this constant
   * from the second layer. What the gradient is then follows from central differences.
   */
  static final Map<String, BiFunction<Layer, Layer, RealMatrix>> DETACHED =
      Map.of("dora", PlainMethods::lengthsOfRows);

  /** W X + b + s Σ_ij (B_j A_i − B_j⁰ A_i⁰) X, pair by pair. */
  private static RealMatrix everyPair(Layer layer) {
    RealMatrix y = layer.w().multiply(layer.x());
    for (int i = 0; i < layer.config().a(); i++) {
      for (int j = 0; j < layer.config().b(); j++) {
        y = y.add(pair(layer, layer.parameters(), i, j).multiply(layer.x()));
        y = y.subtract(pair(layer, layer.initial(), i, j).multiply(layer.x()));
      }
    }
    return layer.plusBias(y);
  }

  /**
   * (m / ‖W + s (B A − B⁰ A⁰)‖) ⊙ (W + s (B A − B⁰ A⁰)) X + b, the norms those of another layer.
   */
  private static RealMatrix lengthsOfRows(Layer layer, Layer normed) {
    RealMatrix y = direction(layer).multiply(layer.x());
    RealMatrix weight = direction(normed);
    for (int o = 0; o < y.getRowDimension(); o++) {
      double norm = weight.getRowVector(o).getNorm();
      double m = layer.parameters().apply("m").getEntry(o, 0);
      y.setRowMatrix(o, y.getRowMatrix(o).scalarMultiply(m / norm));
    }
    return layer.plusBias(y);
  }

  private static RealMatrix direction(Layer layer) {
    return layer
        .w()
        .add(pair(layer, layer.parameters(), 0, 0))
        .subtract(pair(layer, layer.initial(), 0, 0));
  }

  /** ℓ ⊙ (W X + b), or W (ℓ ⊙ X) + b for a module whose name ends as one of feedforward. */
  private static RealMatrix factorEach(Layer layer) {
    double[] l = layer.parameters().apply("l").getColumn(0);
    RealMatrix factors = MatrixUtils.createRealDiagonalMatrix(l);
    boolean inputs = layer.config().options().feedforward().stream().anyMatch("layer"::endsWith);
    return inputs
        ? layer.plusBias(layer.w().multiply(factors).multiply(layer.x()))
        : factors.multiply(layer.plusBias(layer.w().multiply(layer.x())));
  }

  /** y_o = (W x + b)_o + Σ_i D_o,(i mod r) x_i, element by element. */
  private static RealMatrix sharedShards(Layer layer) {
    RealMatrix y = layer.plusBias(layer.w().multiply(layer.x()));
    RealMatrix d = layer.parameters().apply("D");
    for (int o = 0; o < y.getRowDimension(); o++) {
      for (int t = 0; t < y.getColumnDimension(); t++) {
        for (int i = 0; i < layer.x().getRowDimension(); i++) {
          y.addToEntry(o, t, d.getEntry(o, i % layer.rank()) * layer.x().getEntry(i, t));
        }
      }
    }
    return y;
  }

  /** s B_j A_i. */
  static RealMatrix pair(Layer layer, Function<String, RealMatrix> values, int i, int j) {
    RealMatrix a = Layer.block(values.apply("A"), i, layer.rank()).transpose();
    RealMatrix b = Layer.block(values.apply("B"), j, layer.rank());
    return b.multiply(a).scalarMultiply(layer.scaling());
  }
}
