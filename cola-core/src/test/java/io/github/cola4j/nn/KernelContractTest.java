package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernelProvider;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every operation of every registered provider that can run here, in every type it supports and in
 * its own memory, against the portable kernels in float64. What those compute is checked by {@link
 * KernelsTest}, {@link DecoderKernelsTest} and {@link ScalingKernelsTest}.
 */
class KernelContractTest {
  private static final int ROWS = 24;
  private static final int TOKENS = 9;
  private static final KernelProvider REFERENCE = new Nd4jKernelProvider();
  private static final Map<String, BiFunction<Kernels, Inputs, List<Matrix>>> OPERATIONS =
      new LinkedHashMap<>();

  /**
   * The same random elements for every provider and type, drawn in the order they are asked for.
   */
  private record Inputs(KernelProvider provider, DataType type, Random random) {

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
        "broadcast, add, copy, fill, multiply",
        (k, in) -> {
          Matrix y = in.activations();
          k.broadcast(in.matrix(ROWS, 1), y);
          k.add(-2, in.activations(), y);
          k.multiply(y, in.activations(), y);
          Matrix copy = in.window();
          k.copy(y, copy);
          Matrix ones = in.window();
          k.fill(1, ones);
          return List.of(y, copy, ones);
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
          return List.of(y, pooled, dX);
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
        "gelu, geluTanh, swiGlu",
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
          Matrix up = in.activations();
          Matrix z = in.activations();
          k.swiGlu(x, up, z);
          Matrix dGate = in.activations();
          Matrix dUp = in.activations();
          k.swiGluBackward(x, up, in.activations(), dGate, dUp);
          return List.of(y, dX, yTanh, dXTanh, z, dGate, dUp);
        });
    OPERATIONS.put(
        "softmax, crossEntropy",
        (k, in) -> {
          Matrix p = in.activations();
          k.softmax(p, p);
          Matrix dX = in.activations();
          k.softmaxBackward(p, dX, dX);
          Matrix logits = in.activations();
          int[] labels = {0, 23, 5, 1, 7, 7, 2, 3, 11};
          Matrix loss = in.matrix(1, 1);
          loss.set(new double[] {k.crossEntropy(logits, labels, 0.25, logits)});
          return List.of(p, dX, logits, loss);
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
        "sumOfSquares, adamW",
        (k, in) -> {
          Matrix theta = in.matrix(3000, 1);
          Matrix m = in.matrix(3000, 1);
          Matrix v = in.matrix(3000, 1);
          k.multiply(v, v, v);
          Matrix gradient = in.matrix(3000, 1);
          Matrix sum = in.matrix(1, 1);
          sum.set(new double[] {k.sumOfSquares(gradient)});
          k.adamW(theta, m, v, gradient, new Kernels.AdamWStep(0.01, 0.9, 0.999, 1e-8, 0.1, 4, 1));
          return List.of(theta, m, v, sum);
        });
  }

  private static Stream<KernelProvider> providers() {
    return KernelProviders.get().candidates().stream()
        .filter(candidate -> candidate.unavailable() == null)
        .map(KernelProviders.Candidate::provider);
  }

  private static Stream<Arguments> providersAndTypes() {
    return providers()
        .flatMap(
            provider ->
                Stream.of(DataType.FLOAT, DataType.DOUBLE)
                    .filter(provider::supports)
                    .map(type -> Arguments.of(provider.name(), type, provider)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("providersAndTypes")
  void operationsEqualThePortableOnesInFloat64(
      String name, DataType type, KernelProvider provider) {
    Kernels kernels = provider.kernels(type); // one thread's, whatever it computed before
    OPERATIONS.forEach(
        (operation, run) -> {
          List<Matrix> expected =
              run.apply(
                  REFERENCE.kernels(DataType.DOUBLE),
                  new Inputs(REFERENCE, DataType.DOUBLE, new Random(3)));
          List<Matrix> actual = run.apply(kernels, new Inputs(provider, type, new Random(3)));
          for (int i = 0; i < expected.size(); i++) {
            assertThat(Matrices.distance(actual.get(i), expected.get(i)))
                .as("%s in %s: %s, result %d", name, type, operation, i)
                .isLessThan(type == DataType.FLOAT ? 1e-5 : 1e-12);
          }
        });
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("providersAndTypes")
  void memoryKeepsWhatIsWritten(String name, DataType type, KernelProvider provider) {
    Storage storage = provider.allocate(type, 50);
    assertThat(storage.type()).isEqualTo(type);
    assertThat(storage.length()).isGreaterThanOrEqualTo(50);
    assertThat(storage.place()).isNotBlank();
    storage.clear();
    storage.write(10, new float[] {9, 1.5f, -2, 9}, 1, 2);
    storage.write(12, new double[] {0.1, 9}, 0, 1);
    double[] wide = new double[6];
    storage.read(9, wide, 1, 5);
    double tenth = type == DataType.FLOAT ? 0.1f : 0.1;
    assertThat(wide).as(name).containsExactly(0, 0, 1.5, -2, tenth, 0);
    float[] narrow = new float[4];
    storage.read(10, narrow, 0, 4);
    assertThat(narrow).as(name).containsExactly(1.5f, -2, 0.1f, 0);
    storage.close();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void memoryThatTheMachineDoesNotHaveIsAnErrorAndNoCrash(KernelProvider provider) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> provider.allocate(DataType.FLOAT, 400_000_000_000_000L))
        .withMessageContaining("cannot allocate 1,600,000,000,000,000 bytes");
  }

  @Test
  void everyOperationIsHere() {
    List<String> missing = new ArrayList<>();
    String all = String.join(", ", OPERATIONS.keySet());
    for (Method method : Kernels.class.getMethods()) {
      boolean isStatic = Modifier.isStatic(method.getModifiers());
      if (!isStatic && !all.contains(method.getName().replace("Backward", ""))) {
        missing.add(method.getName());
      }
    }
    assertThat(missing).isEmpty();
  }
}
