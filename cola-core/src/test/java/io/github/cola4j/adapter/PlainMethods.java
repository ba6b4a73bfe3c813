package io.github.cola4j.adapter;

import java.util.Map;
import java.util.function.Function;
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
          Map.entry("pissa", PlainMethods::everyPair));

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

  /** s B_j A_i. */
  static RealMatrix pair(Layer layer, Function<String, RealMatrix> values, int i, int j) {
    RealMatrix a = Layer.block(values.apply("A"), i, layer.rank()).transpose();
    RealMatrix b = Layer.block(values.apply("B"), j, layer.rank());
    return b.multiply(a).scalarMultiply(layer.scaling());
  }
}
