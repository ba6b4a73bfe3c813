package io.github.cola4j.adapter;

import io.github.cola4j.adapter.highrank.SparseMask;
import io.github.cola4j.adapter.lowrank.VeraOptions;
import io.github.cola4j.adapter.lowrank.VeraProjection;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.adapter.scaling.Ia3Options;
import io.github.cola4j.adapter.tensortrain.TensorTrainOptions;
import io.github.cola4j.adapter.tensortrain.TensorTrainShape;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.nd4j.linalg.api.buffer.DataType;

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
          Map.entry("miss", PlainMethods::sharedShards),
          Map.entry("shira", PlainMethods::chosenElements),
          Map.entry("hira", PlainMethods::scaledByProduct),
          Map.entry("vera", PlainMethods::vectorsAroundRandom),
          Map.entry("gralora", PlainBlocks::lowRankBlocks),
          Map.entry("bat", PlainBlocks::affineBlocks),
          Map.entry("c3a", PlainBlocks::circulantBlocks),
          Map.entry("oft", PlainBlocks::turnedBlocks),
          Map.entry("hydralora", PlainMethods::gatedByToken),
          Map.entry("loramoe", PlainMethods::gatedByToken),
          Map.entry("lily", PlainMethods::gatedByRank),
          Map.entry("moelora", PlainMethods::gatedByTask),
          Map.entry("tt-lora", PlainMethods::tensorTrain),
          Map.entry("spp", PlainMethods::scaledElements));

  /**
   * Y of methods whose backward takes something for a constant: their formula with this constant
   * from the second layer. What the gradient is then follows from central differences.
   */
  static final Map<String, BiFunction<Layer, Layer, RealMatrix>> DETACHED =
      Map.of("dora", PlainMethods::lengthsOfRows);

  /** W X + b + s (Σ_ij P_ij (B_j A_i − B_j⁰ A_i⁰) + R_B R_A) X, pair by pair. */
  private static RealMatrix everyPair(Layer layer) {
    RealMatrix y = layer.w().multiply(layer.x());
    double[][] p =
        Pairings.named(layer.config().pairing())
            .expectation(layer.config().a(), layer.config().b());
    for (int i = 0; i < layer.config().a(); i++) {
      for (int j = 0; j < layer.config().b(); j++) {
        RealMatrix change =
            pair(layer, layer.parameters(), i, j).subtract(pair(layer, layer.initial(), i, j));
        y = y.add(change.multiply(layer.x()).scalarMultiply(p[i][j]));
      }
    }
    if (layer.config().residual() > 0) {
      RealMatrix residual =
          layer.parameters().apply("RB").multiply(layer.parameters().apply("RA").transpose());
      y = y.add(residual.multiply(layer.x()).scalarMultiply(layer.scaling()));
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
    List<String> ends = layer.config().options(Ia3Options.class).feedforward();
    boolean inputs = ends.stream().anyMatch("layer"::endsWith);
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

  /** W'[o_k, i_k] = W[o_k, i_k] + v_k. */
  private static RealMatrix chosenElements(Layer layer) {
    RealMatrix weight = layer.w().copy();
    RealMatrix v = layer.parameters().apply("v");
    Matrix frozen =
        Matrix.zeros(DataType.FLOAT, weight.getRowDimension(), weight.getColumnDimension());
    int[] mask =
        SparseMask.of(layer.config(), new FrozenLinear("layer", frozen, null), null)
            .rowsAndColumns();
    int count = v.getRowDimension();
    for (int k = 0; k < count; k++) {
      weight.addToEntry(mask[k], mask[count + k], v.getEntry(k, 0));
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }

  /** W'[o, i] = W[o, i] (1 + s Σ_k B[o, k] A[k, i]). */
  private static RealMatrix scaledByProduct(Layer layer) {
    RealMatrix weight = layer.w().copy();
    RealMatrix product = pair(layer, layer.parameters(), 0, 0);
    for (int o = 0; o < weight.getRowDimension(); o++) {
      for (int i = 0; i < weight.getColumnDimension(); i++) {
        weight.multiplyEntry(o, i, 1 + product.getEntry(o, i));
      }
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }

  /** y = W x + b + b ⊙ (B (d ⊙ (A x))), A and B of the seed unless they are stored. */
  private static RealMatrix vectorsAroundRandom(Layer layer) {
    RealMatrix a;
    RealMatrix b;
    int rank = layer.rank();
    if (layer.config().options(VeraOptions.class).storedProjection()) {
      a = layer.parameters().apply("A").transpose();
      b = layer.parameters().apply("B");
    } else {
      Matrix frozen =
          Matrix.zeros(DataType.FLOAT, layer.w().getRowDimension(), layer.x().getRowDimension());
      VeraProjection drawn =
          VeraProjection.of(layer.config(), new FrozenLinear("layer", frozen, null));
      a = Plain.of(Matrix.of(DataType.DOUBLE, frozen.columns(), rank, drawn.a())).transpose();
      b = Plain.of(Matrix.of(DataType.DOUBLE, frozen.rows(), rank, drawn.b()));
    }
    RealMatrix d =
        MatrixUtils.createRealDiagonalMatrix(layer.parameters().apply("lambdaD").getColumn(0));
    RealMatrix outer =
        MatrixUtils.createRealDiagonalMatrix(layer.parameters().apply("lambdaB").getColumn(0));
    RealMatrix change = outer.multiply(b).multiply(d).multiply(a);
    return layer.plusBias(layer.w().add(change).multiply(layer.x()));
  }

  /** s B_j A_i. */
  static RealMatrix pair(Layer layer, Function<String, RealMatrix> values, int i, int j) {
    RealMatrix a = Layer.block(values.apply("A"), i, layer.rank()).transpose();
    RealMatrix b = Layer.block(values.apply("B"), j, layer.rank());
    return b.multiply(a).scalarMultiply(layer.scaling());
  }

  /** y = W x + b + s Σ_e ω_e B_e A_e x, ω = softmax(router x), token by token. */
  private static RealMatrix gatedByToken(Layer layer) {
    RealMatrix y = layer.plusBias(layer.w().multiply(layer.x()));
    RealMatrix router = layer.parameters().apply("router").transpose();
    for (int t = 0; t < layer.x().getColumnDimension(); t++) {
      RealMatrix x = layer.x().getColumnMatrix(t);
      double[] omega = softmax(router.multiply(x).getColumn(0));
      for (int e = 0; e < layer.config().b(); e++) {
        int a = layer.config().a() == 1 ? 0 : e;
        RealMatrix expert = pair(layer, layer.parameters(), a, e).multiply(x);
        y.setColumnMatrix(t, y.getColumnMatrix(t).add(expert.scalarMultiply(omega[e])));
      }
    }
    return y;
  }

  /** y = W x + b + s Σ_e ω_e B_e A x with ω = softmax(R A x), token by token. */
  private static RealMatrix gatedByRank(Layer layer) {
    RealMatrix y = layer.plusBias(layer.w().multiply(layer.x()));
    RealMatrix router = layer.parameters().apply("router").transpose();
    RealMatrix z = layer.parameters().apply("A").transpose().multiply(layer.x());
    for (int t = 0; t < layer.x().getColumnDimension(); t++) {
      double[] omega = softmax(router.multiply(z.getColumnMatrix(t)).getColumn(0));
      for (int e = 0; e < omega.length; e++) {
        RealMatrix b = Layer.block(layer.parameters().apply("B"), e, layer.rank());
        RealMatrix expert = b.multiply(z.getColumnMatrix(t)).scalarMultiply(layer.scaling());
        y.setColumnMatrix(t, y.getColumnMatrix(t).add(expert.scalarMultiply(omega[e])));
      }
    }
    return y;
  }

  /** Y = W X + b + s Σ_e ω_e B_e A_e X, ω = softmax(gate), experts of rank r/E. */
  private static RealMatrix gatedByTask(Layer layer) {
    RealMatrix y = layer.w().multiply(layer.x());
    double[] omega = softmax(layer.parameters().apply("gate").getColumn(0));
    int rank = layer.rank() / omega.length;
    for (int e = 0; e < omega.length; e++) {
      RealMatrix a = Layer.block(layer.parameters().apply("A"), e, rank).transpose();
      RealMatrix b = Layer.block(layer.parameters().apply("B"), e, rank);
      RealMatrix change = b.multiply(a).scalarMultiply(layer.scaling() * omega[e]);
      y = y.add(change.multiply(layer.x()));
    }
    return layer.plusBias(y);
  }

  private static double[] softmax(double[] logits) {
    double[] weights = Arrays.stream(logits).map(Math::exp).toArray();
    double sum = Arrays.stream(weights).sum();
    return Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }

  /** ΔW[o, i] = s G_1[i_1] … G_p[i_p] G_{p+1}[o_1] … G_{p+q}[o_q], element by element. */
  private static RealMatrix tensorTrain(Layer layer) {
    int in = layer.x().getRowDimension();
    int out = layer.w().getRowDimension();
    List<Integer> modes = new ArrayList<>(layer.config().options(TensorTrainOptions.class).shape());
    if (modes.isEmpty()) {
      modes.addAll(TensorTrainShape.chosen(in));
      modes.addAll(TensorTrainShape.chosen(out));
    }
    int inner = 0; // modes of in
    for (int product = 1; product < in; inner++) {
      product *= modes.get(inner);
    }
    RealMatrix weight = layer.w().copy();
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        int[] index = new int[modes.size()];
        int rest = i;
        for (int k = 0; k < inner; k++) {
          index[k] = rest % modes.get(k);
          rest /= modes.get(k);
        }
        rest = o;
        for (int k = index.length - 1; k >= inner; k--) {
          index[k] = rest % modes.get(k);
          rest /= modes.get(k);
        }
        RealMatrix product = MatrixUtils.createRealIdentityMatrix(1);
        for (int k = 0; k < index.length; k++) {
          product = product.multiply(slice(layer, modes, k, k < inner, index[k]));
        }
        weight.addToEntry(o, i, layer.scaling() * product.getEntry(0, 0));
      }
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }

  /** G_k[j], [r × r], or a row or column at the ends; cores of out are stored from their end. */
  private static RealMatrix slice(Layer layer, List<Integer> modes, int k, boolean ofIn, int j) {
    RealMatrix core = layer.parameters().apply("core" + (k + 1));
    if (k == 0 || k == modes.size() - 1) {
      RealMatrix row = core.getRowMatrix(j);
      return ofIn ? row : row.transpose();
    }
    int rank = core.getRowDimension();
    RealMatrix slice = MatrixUtils.createRealMatrix(rank, rank);
    for (int c = 0; c < rank; c++) {
      slice.setColumnMatrix(c, core.getColumnMatrix(j + modes.get(k) * c));
    }
    return ofIn ? slice : slice.transpose();
  }

  /** W'[o, i] = W[o, i] (1 + s α[⌊o/g⌋, i] β[o]), g = ⌈out/16⌉. */
  private static RealMatrix scaledElements(Layer layer) {
    RealMatrix weight = layer.w().copy();
    int size = (weight.getRowDimension() + 15) / 16;
    for (int o = 0; o < weight.getRowDimension(); o++) {
      for (int i = 0; i < weight.getColumnDimension(); i++) {
        double alpha = layer.parameters().apply("alpha").getEntry(o / size, i);
        double beta = layer.parameters().apply("beta").getEntry(o, 0);
        weight.multiplyEntry(o, i, 1 + layer.scaling() * alpha * beta);
      }
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }
}
