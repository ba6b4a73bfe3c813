package io.github.cola4j.model;

import io.github.cola4j.io.Weights;
import io.github.cola4j.nn.FrozenLinear;
import io.github.cola4j.nn.LayerNorm;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.RmsNorm;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.nd4j.linalg.api.buffer.DataType;

/** Reads a model's parts, checking every shape, and remembers which tensors were read. */
final class WeightLoader {
  private final Weights weights;
  private final DataType type;
  private final Set<String> read = new HashSet<>();
  private long parameters;

  WeightLoader(Weights weights, DataType type) {
    this.weights = weights;
    this.type = type;
  }

  private float[] read(String name, long... shape) {
    float[] elements = weights.read(name, shape);
    read.add(name);
    parameters += elements.length;
    return elements;
  }

  /** A table [d × entries]: row-major [entries, d] is column-major [d × entries]. */
  Matrix table(String name, int d, int entries) {
    return Matrix.of(type, d, entries, read(name, entries, d));
  }

  LayerNorm layerNorm(String name, int d, double eps) {
    return new LayerNorm(
        Matrix.of(type, d, 1, read(name + ".weight", d)),
        Matrix.of(type, d, 1, read(name + ".bias", d)),
        eps);
  }

  RmsNorm rmsNorm(String name, int d, double eps) {
    return new RmsNorm(Matrix.of(type, d, 1, read(name + ".weight", d)), eps);
  }

  FrozenLinear linear(String name, int out, int in, boolean bias) {
    return new FrozenLinear(
        name,
        Matrix.ofRows(type, out, in, read(name + ".weight", out, in)),
        bias ? Matrix.of(type, out, 1, read(name + ".bias", out)) : null);
  }

  /** The number of elements read. */
  long parameters() {
    return parameters;
  }

  /** Refuses tensors that were not read: they would change the computation. */
  void requireAllRead(Predicate<String> harmless) {
    Set<String> rest = new TreeSet<>(weights.names());
    rest.removeAll(read);
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
