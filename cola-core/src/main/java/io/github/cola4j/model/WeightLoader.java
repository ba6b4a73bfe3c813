package io.github.cola4j.model;

import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.layer.RmsNorm;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;

/** Reads a model's parts, checking every shape, and remembers which tensors were read. */
public final class WeightLoader {
  private final Weights weights;
  private final DataType type;
  private final Set<String> read = new HashSet<>();
  private long parameters;

  public WeightLoader(Weights weights, DataType type) {
    this.weights = weights;
    this.type = type;
  }

  /** A table [d × entries]: row-major [entries, d] is column-major [d × entries]. */
  public Matrix table(String name, int d, int entries) {
    Matrix table = matrix(name, d, entries, entries, d);
    weights.read(
        name, (first, some) -> table.columns(first, first + some.length / d).set(some), entries, d);
    return table;
  }

  public LayerNorm layerNorm(String name, int d, double eps) {
    return new LayerNorm(vector(name + ".weight", d), vector(name + ".bias", d), eps);
  }

  public RmsNorm rmsNorm(String name, int d, double eps) {
    return new RmsNorm(vector(name + ".weight", d), eps);
  }

  public FrozenLinear linear(String name, int out, int in, boolean bias) {
    Matrix weight = matrix(name + ".weight", out, in, out, in);
    weights.read(name + ".weight", weight::setRows, out, in);
    return new FrozenLinear(name, weight, bias ? vector(name + ".bias", out) : null);
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
    weights.requireShape(name, shape);
    read.add(name);
    parameters += (long) rows * columns;
    return Matrix.unset(type, rows, columns);
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
