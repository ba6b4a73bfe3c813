package io.github.cola4j.io.weights;

import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Weights of which some matrices are quantised in bitsandbytes' layout: each has several tensors in
 * the file, which are one here. They are read dequantised, or handed out as they are stored.
 */
public final class QuantizedWeights implements Weights {
  /** Elements decoded at once. */
  private static final int CHUNK = 1 << 18;

  private final Weights all;
  private final Quantization type;
  private final Map<String, BitsAndBytes> matrices;
  private final Set<String> parts = new TreeSet<>();

  private QuantizedWeights(Weights all, Quantization type, Map<String, BitsAndBytes> matrices) {
    this.all = all;
    this.type = type;
    this.matrices = matrices;
    matrices.values().forEach(matrix -> parts.addAll(matrix.parts()));
  }

  /**
   * The same tensors, those of a quantised matrix as one.
   *
   * @throws IllegalArgumentException if some are quantised in a way that is not read
   */
  public static Weights of(Weights all) {
    Map<String, BitsAndBytes> matrices = new TreeMap<>();
    Quantization type = null;
    for (String name : all.unreadable().keySet()) {
      BitsAndBytes matrix = BitsAndBytes.of(all, name);
      if (matrix == null) {
        continue;
      }
      if (type != null && type != matrix.type()) {
        throw new IllegalArgumentException(
            all.source()
                + " has matrices of "
                + type
                + " and of "
                + matrix.type()
                + ", such as '"
                + TensorNames.shown(matrix.name())
                + "'; expected one of the two");
      }
      type = matrix.type();
      matrices.put(matrix.name(), matrix);
    }
    return matrices.isEmpty() ? all : new QuantizedWeights(all, type, matrices);
  }

  @Override
  public Quantization quantization() {
    return type;
  }

  @Override
  public String source() {
    return all.source();
  }

  @Override
  public Set<String> names() {
    Set<String> names = new TreeSet<>(all.names());
    names.removeAll(parts);
    names.addAll(matrices.keySet());
    return names;
  }

  @Override
  public Map<String, String> unreadable() {
    Map<String, String> others = new TreeMap<>(all.unreadable());
    others.keySet().removeAll(parts);
    others.keySet().removeAll(matrices.keySet());
    return others;
  }

  @Override
  public String originalName(String name) {
    return all.originalName(name);
  }

  @Override
  public FloatType type(String name) {
    return matrices.containsKey(name) ? FloatType.F32 : all.type(name);
  }

  @Override
  public long[] shape(String name) {
    BitsAndBytes matrix = matrices.get(name);
    return matrix == null ? all.shape(name) : new long[] {matrix.out(), matrix.in()};
  }

  @Override
  public float[] read(String name, long... shape) {
    if (!matrices.containsKey(name)) {
      return all.read(name, shape);
    }
    float[] elements = new float[TensorNames.arrayLength(shape, label(name))];
    int width = (int) shape[1];
    read(
        name,
        (first, some) -> System.arraycopy(some, 0, elements, first * width, some.length),
        shape);
    return elements;
  }

  @Override
  public void read(String name, Rows rows, long... shape) {
    if (!matrices.containsKey(name)) {
      all.read(name, rows, shape);
      return;
    }
    requireShape(name, shape);
    StoredMatrix matrix = matrices.get(name).matrix();
    int step = Math.max(1, CHUNK / matrix.in());
    for (int first = 0; first < matrix.out(); first += step) {
      int count = Math.min(step, matrix.out() - first);
      float[] some =
          new float[TensorNames.arrayLength(new long[] {count, matrix.in()}, label(name))];
      matrix.decode(first, count, some, 0);
      rows.accept(first, some);
    }
  }

  @Override
  public StoredMatrix stored(String name, int out, int in) {
    if (!matrices.containsKey(name)) {
      return all.stored(name, out, in);
    }
    requireShape(name, out, in);
    return matrices.get(name).matrix();
  }

  @Override
  public RawTensor raw(String name) {
    return all.raw(name);
  }

  private String label(String name) {
    return TensorNames.label(name, source());
  }

  @Override
  public void close() {
    all.close();
  }
}
