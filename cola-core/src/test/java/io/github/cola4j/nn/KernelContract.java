package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.ElementwiseKernels.Term;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.OptimizerKernels.Update;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernelProvider;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.MemorySource;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What every provider's kernels compute: each operation, in the provider's own memory, against the
 * portable kernels in float64.
 */
public final class KernelContract {
  private static final int ROWS = 24;
  private static final int TOKENS = 9;
  private static final KernelProvider REFERENCE = new Nd4jKernelProvider();
  private static final Map<String, List<double[]>> EXPECTED = new ConcurrentHashMap<>();
  private static final Map<String, BiFunction<Kernels, Inputs, List<Matrix>>> OPERATIONS =
      new LinkedHashMap<>();

  /**
   * The same random elements for every provider and type, drawn in the order they are asked for.
   */
  record Inputs(KernelProvider provider, DataType type, Random random) {

    Matrix matrix(int rows, int columns) {
      long length = (long) rows * columns;
      Matrix matrix = Matrix.over(provider.allocate(type, length), 0, rows, columns);
      double[] elements = new double[(int) length];
      for (int i = 0; i < length; i++) {
        elements[i] = (float) random.nextGaussian();
      }
      matrix.set(elements);
      return matrix;
    }

    Matrix activations() {
      return matrix(ROWS, TOKENS);
    }

    /** Rows of a larger matrix, so that columns do not follow each other. */
    Matrix window() {
      return matrix(ROWS + 3, TOKENS).rows(2, ROWS + 2);
    }

    TokenBatch batch() {
      return Matrices.batch(10, random, 3, 1, 5);
    }
  }

  static {
    for (boolean ta : new boolean[] {false, true}) {
      for (boolean tb : new boolean[] {false, true}) {
        OPERATIONS.put(
            "gemm" + (ta ? ", Aᵀ" : "") + (tb ? ", Bᵀ" : ""),
            (k, in) -> {
              Matrix c = in.window();
              Matrix a = ta ? in.matrix(7, ROWS) : in.matrix(ROWS, 7);
              Matrix b = tb ? in.matrix(TOKENS, 7) : in.matrix(7, TOKENS);
              k.gemm(0.5, a, ta, b, tb, -2, c);
              Matrix fresh = in.activations();
              k.gemm(1, a, ta, b, tb, 0, fresh);
              return List.of(c, fresh);
            });
      }
    }
    OPERATIONS.put(
        "gemms, sums",
        (k, in) -> {
          Matrix[] a = {in.matrix(ROWS, 3), in.matrix(ROWS, 5)};
          Matrix x = in.activations();
          Matrix[] z = {in.matrix(3, 4), in.matrix(5, 5)};
          k.gemms(
              List.of(
                  new Gemm(1, a[0], true, x.columns(0, 4), false, 0, z[0]),
                  new Gemm(-2, a[1], true, x.columns(4, TOKENS), false, 0.5, z[1])));
          Matrix y = in.window();
          Matrix[] dA = {in.matrix(ROWS, 3), in.matrix(ROWS, 5)};
          k.gemms(
              List.of(
                  new Gemm(0.5, a[0], false, z[0], false, 1, y.columns(0, 4)),
                  new Gemm(1, a[1], false, z[1], false, 0, y.columns(4, TOKENS)),
                  new Gemm(2, x.columns(0, 4), false, z[0], true, 1, dA[0]),
                  new Gemm(1, x.columns(4, TOKENS), false, z[1], true, 0, dA[1])));
          Matrix sum = in.activations();
          Matrix window = in.window();
          Matrix zeros = in.activations();
          k.sums(
              List.of(
                  new Sum(sum, true, List.of(new Term(-3, x), new Term(0.5, in.activations()))),
                  new Sum(window, false, List.of(new Term(2, x), new Term(1, y))),
                  new Sum(zeros, false, List.of())));
          return List.of(z[0], z[1], y, dA[0], dA[1], sum, window, zeros);
        });
    OPERATIONS.put(
        "broadcast, add, scale, copy, fill, multiply",
        (k, in) -> {
          Matrix y = in.activations();
          k.broadcast(in.matrix(ROWS, 1), y);
          k.add(-2, in.activations(), y);
          k.multiply(y, in.activations(), y);
          Matrix copy = in.window();
          k.copy(y, copy);
          Matrix ones = in.window();
          k.fill(1, ones);
          Matrix scaled = in.window();
          k.scale(-1.5, y, scaled);
          return List.of(y, copy, ones, scaled);
        });
    OPERATIONS.put(
        "scaleRows, scaleColumns, rowDots, columnDots, inverseRoots",
        (k, in) -> {
          Matrix x = in.window();
          Matrix y = in.window();
          k.scaleRows(in.matrix(ROWS, 1), x, 0.5, y);
          k.scaleColumns(in.matrix(1, TOKENS), x, -1, y);
          Matrix rows = in.matrix(ROWS, 1);
          k.rowDots(x, y, rows);
          Matrix columns = in.matrix(1, TOKENS);
          k.columnDots(x, y, columns);
          Matrix squares = in.activations();
          k.multiply(squares, squares, squares);
          k.inverseRoots(squares, squares);
          return List.of(y, rows, columns, squares);
        });
    OPERATIONS.put(
        "gather, scatterAdd, meanPool",
        (k, in) -> {
          Matrix table = in.matrix(ROWS, 12);
          Matrix y = in.activations();
          k.gather(table, new int[] {3, 3, 0, 11, 7, 1, 2, 5, 5}, true, y);
          k.scatterAdd(in.matrix(ROWS, 3), new int[] {6, 0, 3}, y);
          TokenBatch batch = in.batch();
          Matrix pooled = in.matrix(ROWS, 3);
          k.meanPool(y, batch, pooled);
          Matrix dX = in.activations();
          k.meanPoolBackward(in.matrix(ROWS, 3), batch, dX);
          Matrix rows = in.window();
          k.gather(stored(), new int[] {4, 0, 4, 1, 2, 3, 3, 3, 0}, rows);
          return List.of(y, pooled, dX, rows);
        });
    OPERATIONS.put(
        "layerNorm",
        (k, in) -> {
          Matrix x = in.activations();
          Matrix gain = in.matrix(ROWS, 1);
          Matrix y = in.activations();
          Matrix stats = in.matrix(2, TOKENS);
          k.layerNorm(x, gain, in.matrix(ROWS, 1), 1e-3, y, stats);
          Matrix dX = in.activations();
          k.layerNormBackward(x, gain, stats, in.activations(), dX);
          return List.of(y, stats, dX);
        });
    OPERATIONS.put(
        "rmsNorm",
        (k, in) -> {
          Matrix x = in.activations();
          Matrix gain = in.matrix(ROWS, 1);
          Matrix y = in.activations();
          Matrix scale = in.matrix(1, TOKENS);
          k.rmsNorm(x, gain, 1e-3, y, scale);
          Matrix dX = in.activations();
          k.rmsNormBackward(x, gain, scale, in.activations(), dX);
          return List.of(y, scale, dX);
        });
    OPERATIONS.put(
        "gelu, geluTanh, cap, swiGlu",
        (k, in) -> {
          Matrix x = in.activations();
          Matrix y = in.activations();
          k.gelu(x, y);
          Matrix dX = in.activations();
          k.geluBackward(x, dX, dX);
          Matrix yTanh = in.activations();
          k.geluTanh(x, yTanh);
          Matrix dXTanh = in.activations();
          k.geluTanhBackward(x, dXTanh, dXTanh);
          Matrix yCap = in.activations();
          k.cap(1.5, yCap, yCap);
          Matrix dXCap = in.activations();
          k.capBackward(1.5, yCap, dXCap, dXCap);
          Matrix up = in.activations();
          Matrix z = in.activations();
          k.swiGlu(x, up, z);
          Matrix dGate = in.activations();
          Matrix dUp = in.activations();
          k.swiGluBackward(x, up, in.activations(), dGate, dUp);
          return List.of(y, dX, yTanh, dXTanh, yCap, dXCap, z, dGate, dUp);
        });
    OPERATIONS.put(
        "softmax, crossEntropy, deferredCrossEntropy",
        (k, in) -> {
          Matrix p = in.activations();
          k.softmax(p, p);
          Matrix dX = in.activations();
          k.softmaxBackward(p, dX, dX);
          Matrix logits = in.activations();
          int[] labels = {0, 23, 5, 1, 7, 7, 2, 3, 11};
          Matrix loss = in.matrix(1, 1);
          DoubleSupplier first = k.deferredCrossEntropy(dX, labels, 1, dX);
          DoubleSupplier second = k.deferredCrossEntropy(p, labels, 1, in.activations());
          loss.set(new double[] {k.crossEntropy(logits, labels, 0.25, logits)});
          Matrix deferred = in.matrix(2, 1);
          deferred.set(new double[] {first.getAsDouble(), second.getAsDouble()});
          return List.of(p, dX, logits, loss, deferred);
        });
    OPERATIONS.put(
        "rotate",
        (k, in) -> {
          Matrix x = in.activations();
          Matrix angles = in.matrix(6, TOKENS);
          k.rotate(x, angles, false);
          Matrix back = in.activations();
          k.rotate(back, angles, true);
          return List.of(x, back);
        });
    OPERATIONS.put(
        "attention",
        (k, in) -> {
          Matrix[] m = {in.activations(), in.activations(), in.activations(), in.activations()};
          TokenBatch batch = in.batch();
          Matrix o = in.activations();
          Matrix logSumExp = in.matrix(4, TOKENS);
          k.attention(m[0], m[1], m[2], 4, batch, o, logSumExp);
          Matrix[] d = {in.activations(), in.activations(), in.activations()};
          k.attentionBackward(m[0], m[1], m[2], 4, batch, o, logSumExp, m[3], d[0], d[1], d[2]);
          return List.of(o, logSumExp, d[0], d[1], d[2]);
        });
    OPERATIONS.put(
        "causalAttention",
        (k, in) -> {
          CausalAttention form = new CausalAttention(4, 2, 6, 3);
          AttentionSpans spans = AttentionSpans.of(in.batch());
          Matrix q = in.activations();
          Matrix key = in.matrix(12, TOKENS);
          Matrix v = in.matrix(12, TOKENS);
          Matrix o = in.activations();
          Matrix logSumExp = in.matrix(4, TOKENS);
          k.causalAttention(form, spans, q, key, v, o, logSumExp);
          Matrix dQ = in.activations();
          Matrix dK = in.matrix(12, TOKENS);
          Matrix dV = in.matrix(12, TOKENS);
          Matrix dO = in.activations();
          k.causalAttentionBackward(form, spans, q, key, v, o, logSumExp, dO, dQ, dK, dV);
          return List.of(o, logSumExp, dQ, dK, dV);
        });
    OPERATIONS.put(
        "sumOfSquares, sumsOfSquares, adamW",
        (k, in) -> {
          Matrix theta = in.matrix(3000, 1);
          Matrix m = in.matrix(3000, 1);
          Matrix v = in.matrix(3000, 1);
          k.multiply(v, v, v);
          Matrix gradient = in.matrix(3000, 1);
          Matrix sum = in.matrix(1, 1);
          sum.set(new double[] {k.sumOfSquares(gradient)});
          Kernels.AdamWStep step = new Kernels.AdamWStep(0.01, 0.9, 0.999, 1e-8, 0.1, 4, 1);
          k.adamW(theta, m, v, gradient, step);
          Matrix sums = in.matrix(3, 1);
          sums.set(k.sumsOfSquares(List.of(m.rows(0, 1), m.rows(1, 2800), in.activations())));
          List<Update> updates = new ArrayList<>();
          for (int i = 0, from = 0; from < 3000; i++, from += i) { // more than a launch takes
            int to = Math.min(3000, from + i + 1);
            updates.add(
                new Update(
                    theta.rows(from, to),
                    m.rows(from, to),
                    v.rows(from, to),
                    gradient.rows(from, to),
                    new Kernels.AdamWStep(0.01 * i, 0.8, 0.99, 1e-8, 0.1, i + 1, 0.5)));
          }
          k.adamW(updates);
          return List.of(theta, m, v, sum, sums);
        });
  }

  private KernelContract() {}

  /** A frozen matrix [5 × ROWS] of other numbers in every element. */
  private static StoredMatrix stored() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(5 * ROWS * Short.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 5 * ROWS; i++) {
      bytes.putShort(i * Short.BYTES, (short) (0x3f80 + i));
    }
    return new FloatMatrix(
        FloatMatrix.Element.BFLOAT16,
        5,
        ROWS,
        List.of(FloatMatrix.block(0, 5, bytes)),
        MemorySource.HOST);
  }

  /** The operations' names, which have those of all methods of {@link Kernels}. */
  static String operations() {
    return String.join(", ", OPERATIONS.keySet());
  }

  private static Map<String, BiFunction<Kernels, Inputs, List<Matrix>>> all() {
    Map<String, BiFunction<Kernels, Inputs, List<Matrix>>> all = new LinkedHashMap<>(OPERATIONS);
    all.putAll(KernelShapes.operations());
    return all;
  }

  /** The names of all operations and shapes. */
  public static List<String> names() {
    return List.copyOf(all().keySet());
  }

  /** What a provider's kernels compute for one of the {@link #names}. */
  public static List<double[]> results(KernelProvider provider, DataType type, String name) {
    return results(provider, type, Precision.FLOAT32, name);
  }

  /** What a provider's kernels for a precision compute for one of the {@link #names}. */
  public static List<double[]> results(
      KernelProvider provider, DataType type, Precision precision, String name) {
    return results(provider, type, provider.kernels(type, precision), all().get(name));
  }

  /** What the portable kernels compute in float64 for one of the {@link #names}. */
  public static List<double[]> expected(String name) {
    return EXPECTED.computeIfAbsent(name, key -> expected(all().get(key)));
  }

  private static List<double[]> results(
      KernelProvider provider,
      DataType type,
      Kernels kernels,
      BiFunction<Kernels, Inputs, List<Matrix>> run) {
    return run.apply(kernels, new Inputs(provider, type, new Random(3))).stream()
        .map(Matrix::toDoubles)
        .toList();
  }

  /** Runs every operation with one thread's kernels, whatever they computed before. */
  public static void check(KernelProvider provider, DataType type) {
    Kernels kernels = provider.kernels(type);
    all().forEach((operation, run) -> check(provider, type, kernels, operation, run));
  }

  private static void check(
      KernelProvider provider,
      DataType type,
      Kernels kernels,
      String operation,
      BiFunction<Kernels, Inputs, List<Matrix>> run) {
    List<double[]> expected = EXPECTED.computeIfAbsent(operation, name -> expected(run));
    List<double[]> actual = results(provider, type, kernels, run);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(Matrices.distance(actual.get(i), expected.get(i)))
          .as("%s in %s: %s, result %d", provider.name(), type, operation, i)
          .isLessThan(type == DataType.FLOAT ? 1e-5 : 1e-12);
    }
  }

  private static List<double[]> expected(BiFunction<Kernels, Inputs, List<Matrix>> run) {
    Kernels kernels = REFERENCE.kernels(DataType.DOUBLE);
    return results(REFERENCE, DataType.DOUBLE, kernels, run);
  }
}
