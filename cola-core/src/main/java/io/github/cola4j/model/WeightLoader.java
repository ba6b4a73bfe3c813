package io.github.cola4j.model;

import io.github.cola4j.io.weights.StoredRemainders;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.layer.RmsNorm;
import io.github.cola4j.nn.stored.BFloat16Copy;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.QuantizedCopy;
import io.github.cola4j.nn.stored.StoredMatrix;
import io.github.cola4j.nn.stored.WeightOptions;
import io.github.cola4j.nn.weight.Weight;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;

/** Reads a model's parts, checking every shape, and remembers which tensors were read. */
public final class WeightLoader {
  private final Weights weights;
  private final DataType type;
  private final WeightOptions options;
  private final StoredRemainders remainders;
  private final Set<String> read = new HashSet<>();
  private final Map<String, StoredMatrix> mapped = new HashMap<>();
  private long parameters;

  /** Keeps weights as the files have them. */
  public WeightLoader(Weights weights, DataType type) {
    this(weights, type, WeightOptions.DEFAULT);
  }

  /**
   * Reads from some files.
   *
   * @param type FLOAT, or DOUBLE for gradient checks, for which options do not matter
   */
  public WeightLoader(Weights weights, DataType type, WeightOptions options) {
    this(weights, type, options, StoredRemainders.NONE);
  }

  /**
   * As the constructor with fewer parameters.
   *
   * @param remainders what the quantised layers lack
   */
  WeightLoader(Weights weights, DataType type, WeightOptions options, StoredRemainders remainders) {
    this.weights = weights;
    this.type = type;
    this.options = options;
    this.remainders = remainders;
  }

  /** Where they come from. */
  public Weights weights() {
    return weights;
  }

  /** FLOAT or DOUBLE. */
  public DataType type() {
    return type;
  }

  /** A table [d × entries]: row-major [entries, d] is column-major [d × entries]. */
  public Matrix table(String name, int d, int entries) {
    Matrix table = matrix(name, d, entries, entries, d);
    weights.read(
        name, (first, some) -> table.columns(first, first + some.length / d).set(some), entries, d);
    return table;
  }

  /** A table of tokens [entries × d] that is looked up, a row an entry. */
  public Weight embedding(String name, int d, int entries) {
    StoredMatrix stored = stored(name, entries, d);
    return stored == null
        ? Weight.ofColumns(table(name, d, entries))
        : Weight.stored(stored, Precision.FLOAT32);
  }

  /** A table of tokens [entries × d] that is multiplied: a head's. */
  public Weight projection(String name, int d, int entries) {
    Weight product = product(name, entries, d);
    return product == null ? Weight.ofColumns(table(name, d, entries)) : product;
  }

  /**
   * The table of {@link #embedding}, multiplied: its own memory, unless it must be rounded.
   *
   * @param name its tensor
   */
  public Weight tied(String name, Weight embedding) {
    Weight product = product(name, embedding.out(), embedding.in());
    return product == null ? embedding : product;
  }

  /** Vectors that a tensor [1, count, d] has, as the columns of a matrix [d × count]. */
  public Matrix vectors(String name, int d, int count) {
    Matrix vectors = matrix(name, d, count, 1, count, d);
    vectors.set(weights.read(name, 1, count, d));
    return vectors;
  }

  /**
   * A convolution whose stride is its size, as the linear layer of a patch's numbers, channel by
   * channel and row by row.
   */
  public FrozenLinear convolution(String name, int out, int channels, int height, int width) {
    String tensor = name + ".weight";
    Matrix matrix = matrix(tensor, out, channels * height * width, out, channels, height, width);
    weights.read(tensor, matrix::setRows, out, channels, height, width);
    return new FrozenLinear(name, Weight.of(matrix), vector(name + ".bias", out));
  }

  /**
   * A layer normalisation: gain {@code name.weight} and shift {@code name.bias}, both [d].
   *
   * @throws IllegalArgumentException if a tensor is missing or has another shape
   */
  public LayerNorm layerNorm(String name, int d, double eps) {
    return layerNorm(name, d, eps, true);
  }

  /**
   * As {@link #layerNorm(String, int, double)}.
   *
   * @param bias whether it has a shift, which else is 0
   */
  public LayerNorm layerNorm(String name, int d, double eps, boolean bias) {
    Matrix gain = vector(name + ".weight", d);
    Matrix shift = bias ? vector(name + ".bias", d) : Matrix.zeros(type, d, 1);
    return new LayerNorm(gain, shift, eps);
  }

  /**
   * A root-mean-square normalisation: gain {@code name.weight} [d].
   *
   * @throws IllegalArgumentException if the tensor is missing or has another shape
   */
  public RmsNorm rmsNorm(String name, int d, double eps) {
    return new RmsNorm(vector(name + ".weight", d), eps);
  }

  /**
   * As {@link #rmsNorm(String, int, double)}.
   *
   * @param offset what is added to the gains that the file has, as 1 in Gemma
   */
  public RmsNorm rmsNorm(String name, int d, double eps, double offset) {
    RmsNorm norm = rmsNorm(name, d, eps);
    double[] gains = norm.gain().toDoubles();
    for (int i = 0; i < d; i++) {
      gains[i] += offset;
    }
    norm.gain().set(gains);
    return norm;
  }

  /** A linear layer of a block, quantised if asked to. */
  public FrozenLinear linear(String name, int out, int in, boolean bias) {
    Weight weight = quantized(name + ".weight", out, in);
    if (weight == null) {
      weight = product(name + ".weight", out, in);
    }
    if (weight == null) {
      Matrix matrix = matrix(name + ".weight", out, in, out, in);
      weights.read(name + ".weight", matrix::setRows, out, in);
      weight = Weight.of(matrix);
    }
    Matrix b = bias ? vector(name + ".bias", out) : null;
    return new FrozenLinear(name, weight, b, remainders.of(name, out, in));
  }

  /** A linear layer above the blocks, which is never quantised here. */
  public FrozenLinear top(String name, int out, int in, boolean bias) {
    Weight weight = projection(name + ".weight", in, out);
    return new FrozenLinear(name, weight, bias ? vector(name + ".bias", out) : null);
  }

  /** A weight that is quantised here; null if it stays as the files have it. */
  private Weight quantized(String name, int out, int in) {
    if (type != DataType.FLOAT
        || options.quantize() == null
        || options.quantize() == weights.quantization()) {
      return null;
    }
    if (weights.quantization() != null) {
      throw new IllegalArgumentException(
          weights.source()
              + " is quantised to "
              + weights.quantization()
              + " already; leave out 'quantize: "
              + options.quantize()
              + "', or take the model's float weights");
    }
    if (!KernelProviders.get().of(type).multipliesStored()) {
      throw new IllegalArgumentException(
          "quantize: "
              + options.quantize()
              + " needs kernels that multiply quantised weights, the provider "
              + KernelProviders.get().of(type).name()
              + " has none");
    }
    account(name, out, in, out, in);
    QuantizedCopy copy = options.quantize().copy(out, in);
    weights.read(name, copy::setRows, out, in);
    return Weight.stored(copy.matrix(), options.compute());
  }

  /** A weight that is multiplied in the precision asked for; null if it must be a matrix. */
  private Weight product(String name, int out, int in) {
    StoredMatrix stored = stored(name, out, in);
    boolean rounds = type == DataType.FLOAT && options.compute() == Precision.BFLOAT16;
    if (rounds && (stored == null || isWider(stored))) {
      if (stored == null) {
        account(name, out, in, out, in);
      }
      BFloat16Copy copy = new BFloat16Copy(out, in);
      weights.read(name, copy::setRows, out, in);
      stored = copy.matrix();
    }
    return stored == null ? null : Weight.stored(stored, options.compute());
  }

  private static boolean isWider(StoredMatrix stored) {
    return stored instanceof FloatMatrix plain && plain.element() != FloatMatrix.Element.BFLOAT16;
  }

  /** The matrix where its file is mapped; null where kernels compute elsewhere, or it has none. */
  private StoredMatrix stored(String name, int out, int in) {
    if (type != DataType.FLOAT || !KernelProviders.get().of(type).multipliesStored()) {
      return null;
    }
    StoredMatrix stored = mapped.get(name); // a tied table is asked for twice
    if (stored == null) {
      stored = weights.stored(name, out, in);
    }
    if (stored != null) {
      account(name, out, in, out, in);
      mapped.put(name, stored);
    }
    return stored;
  }

  private Matrix vector(String name, int d) {
    Matrix vector = matrix(name, d, 1, d);
    weights.read(name, vector::setRows, d);
    return vector;
  }

  /**
   * Memory for a tensor, which is filled from the file without a copy of the whole. A configuration
   * that claims another shape than the file has allocates nothing.
   */
  private Matrix matrix(String name, int rows, int columns, long... shape) {
    account(name, rows, columns, shape);
    return Matrix.unset(type, rows, columns);
  }

  private void account(String name, int rows, int columns, long... shape) {
    weights.requireShape(name, shape);
    if (read.add(name)) {
      parameters += (long) rows * columns;
    }
  }

  /** The number of elements read. */
  public long parameters() {
    return parameters;
  }

  /** The tensors that were not read, in the order of their names. */
  Set<String> unread() {
    Set<String> rest = new TreeSet<>(weights.names());
    rest.addAll(weights.unreadable().keySet());
    rest.removeAll(read);
    return rest;
  }

  /** Refuses tensors that were not read: they would change the computation. */
  public void requireAllRead(Predicate<String> harmless) {
    Set<String> rest = unread();
    rest.removeIf(harmless);
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException(
          weights.source()
              + " has "
              + rest.size()
              + " tensors that the architecture of config.json does not use, such as "
              + rest.iterator().next()
              + "; weights and configuration do not belong together");
    }
  }
}
