package io.github.cola4j.nn.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.weight.Weight;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Products with stored matrices, of every provider that can run here, against sums in float64 of
 * the decoded elements.
 */
class StoredProductContractTest {
  private static final int[] TOKENS = {1, 7, 64, 577};
  private static final int[][] SHAPES = {{96, 64}, {31, 45}, {1, 3}}; // out, in

  /** The ways a matrix can be stored. */
  enum Kind {
    FLOAT32(FloatMatrix.Element.FLOAT32),
    BFLOAT16(FloatMatrix.Element.BFLOAT16),
    FLOAT16(FloatMatrix.Element.FLOAT16),
    INT8(null),
    NF4(null);

    private final FloatMatrix.Element element; // null for one that is quantised

    Kind(FloatMatrix.Element element) {
      this.element = element;
    }

    /** Normally distributed elements at an offset in a buffer. */
    StoredMatrix random(int out, int in, int offset, Random random) {
      return element == null
          ? quantized(Quantization.valueOf(name()), out, in, offset, random)
          : StoredProductContractTest.random(
              element, out, in, offset, 1 + random.nextInt(3), random);
    }
  }

  static Stream<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (KernelProviders.Candidate candidate : KernelProviders.get().candidates()) {
      if (candidate.unavailable() == null && candidate.provider().supports(DataType.FLOAT)) {
        for (Kind kind : Kind.values()) {
          for (Precision precision : Precision.values()) {
            cases.add(
                Arguments.of(candidate.provider().name(), candidate.provider(), kind, precision));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}, {2}, {3}")
  @MethodSource("cases")
  void productsAreThoseOfTheDecodedElements(
      String name, KernelProvider provider, Kind kind, Precision precision) {
    Kernels kernels = provider.kernels(DataType.FLOAT);
    Random random = new Random(7);
    for (int[] shape : SHAPES) {
      for (int offset : new int[] {0, 1, 6}) { // bytes: no element need be aligned
        StoredMatrix w = kind.random(shape[0], shape[1], offset, random);
        for (int tokens : TOKENS) {
          for (boolean transpose : new boolean[] {false, true}) {
            requireProduct(kernels, w, transpose, precision, tokens, random);
          }
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}, {2}, {3}")
  @MethodSource("cases")
  void matricesOfSeveralTiles(
      String name, KernelProvider provider, Kind kind, Precision precision) {
    Random random = new Random(8);
    StoredMatrix w = kind.random(531, 257, 1, random); // 136,467 elements, a tile has 131,072
    for (boolean transpose : new boolean[] {false, true}) {
      requireProduct(provider.kernels(DataType.FLOAT), w, transpose, precision, 5, random);
    }
  }

  /** Of this machine's first provider: ND4J's own products leave arrays for the collector. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void aThousandProductsKeepTheMemoryOfTheHundredth(Kind kind) {
    Random random = new Random(9);
    Kernels kernels = Kernels.forThread(DataType.FLOAT);
    StoredMatrix w = kind.random(150, 64, 0, random);
    Matrix x = Matrices.random(DataType.FLOAT, 64, 200, random);
    Matrix y = Matrices.random(DataType.FLOAT, 150, 200, random);
    long hundredth = 0;
    for (int i = 0; i < 1000; i++) {
      Precision precision = Precision.values()[i % 2];
      int tokens = i % 3 == 0 ? 200 : 150;
      kernels.gemm(w, false, precision, x.columns(0, tokens), false, y.columns(0, tokens));
      kernels.gemm(w, true, precision, y.columns(0, tokens), false, x.columns(0, tokens));
      kernels.fill(1, x); // or it would grow beyond all bounds
      if (i == 100) {
        hundredth = Pointer.physicalBytes();
      }
    }
    assertThat(Pointer.physicalBytes() - hundredth).isLessThan(32L << 20);
  }

  private static void requireProduct(
      Kernels kernels,
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      int tokens,
      Random random) {
    int k = transpose ? w.out() : w.in();
    int n = transpose ? w.in() : w.out();
    Matrix x = Matrices.random(DataType.FLOAT, k + 2, tokens, random).rows(1, k + 1);
    Matrix y = Matrices.random(DataType.FLOAT, n + 1, tokens, random).rows(1, n + 1);
    double[] expected = product(w, transpose, precision, x);
    double[] sum = y.toDoubles();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += expected[i];
    }
    kernels.gemm(w, transpose, precision, x, true, y);
    String what = w + (transpose ? " transposed, " : ", ") + tokens + " tokens";
    assertThat(Matrices.distance(y.toDoubles(), sum)).as(what).isLessThan(1e-5);
    kernels.gemm(w, transpose, precision, x, false, y);
    assertThat(Matrices.distance(y.toDoubles(), expected)).as(what).isLessThan(1e-5);
  }

  /** op(W) X in float64, with both rounded first where the precision says so. */
  private static double[] product(
      StoredMatrix w, boolean transpose, Precision precision, Matrix x) {
    float[] elements = new float[w.out() * w.in()];
    w.decode(0, w.out(), elements, 0);
    float[] input = x.toArray();
    if (precision == Precision.BFLOAT16 && w instanceof Int8Matrix integers) {
      if (transpose) {
        integers.integers(0, w.out(), elements, 0);
        for (int i = 0; i < input.length; i++) {
          input[i] *= integers.scales().bytes().getFloat(4 * (i % w.out()));
        }
      }
      round(input);
    } else if (precision == Precision.BFLOAT16) {
      round(elements);
      round(input);
    }
    int k = transpose ? w.out() : w.in();
    int n = transpose ? w.in() : w.out();
    double[] y = new double[n * x.columns()];
    for (int t = 0; t < x.columns(); t++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < k; j++) {
          double element = elements[transpose ? j * w.in() + i : i * w.in() + j];
          y[t * n + i] += element * input[t * k + j];
        }
      }
    }
    return y;
  }

  private static void round(float[] elements) {
    for (int i = 0; i < elements.length; i++) {
      elements[i] = Halves.fromBfloat16(Halves.toBfloat16(elements[i]));
    }
  }

  private static StoredMatrix quantized(
      Quantization type, int out, int in, int offset, Random random) {
    float[] elements = new float[out * in];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) random.nextGaussian();
    }
    StoredMatrix made = QuantizedMatrixTest.quantized(type, out, in, elements, out);
    return made instanceof Nf4Matrix floats
        ? new Nf4Matrix(out, in, at(offset, floats.codes()), 64, floats.scales(), MemorySource.HOST)
        : new Int8Matrix(
            out,
            in,
            at(offset, ((Int8Matrix) made).integers()),
            ((Int8Matrix) made).absmax(),
            MemorySource.HOST);
  }

  private static Memory at(int offset, Memory memory) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(offset + memory.bytes().remaining());
    return Memory.of(buffer.position(offset).put(memory.bytes().duplicate()).position(offset));
  }

  /** Normally distributed elements in some blocks of rows, each at an offset in its buffer. */
  private static FloatMatrix random(
      FloatMatrix.Element element, int out, int in, int offset, int blocks, Random random) {
    List<FloatMatrix.Block> made = new ArrayList<>();
    for (int b = 0; b < blocks; b++) {
      int first = out * b / blocks;
      int rows = out * (b + 1) / blocks - first;
      if (rows == 0) {
        continue;
      }
      int bytes = rows * in * element.width();
      ByteBuffer buffer =
          ByteBuffer.allocateDirect(offset + bytes)
              .slice(offset, bytes)
              .order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < rows * in; i++) {
        float value = (float) random.nextGaussian();
        switch (element) {
          case FLOAT32 -> buffer.putFloat(4 * i, value);
          case BFLOAT16 -> buffer.putShort(2 * i, Halves.toBfloat16(value));
          default -> buffer.putShort(2 * i, Halves.toHalf(value));
        }
      }
      made.add(FloatMatrix.block(first, rows, buffer));
    }
    return new FloatMatrix(element, out, in, made, MemorySource.HOST);
  }

  @Test
  void aWeightScalesItsProductsAndReadsItsRows() {
    Random random = new Random(3);
    FloatMatrix stored = random(FloatMatrix.Element.BFLOAT16, 5, 4, 0, 2, random);
    Weight weight = Weight.stored(stored, Precision.FLOAT32);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Matrix w = weight.matrix(pass);
      Matrix x = Matrices.random(DataType.FLOAT, 4, 3, random);
      Matrix start = Matrices.random(DataType.FLOAT, 5, 3, random);
      for (double beta : new double[] {0, 1, -0.5}) {
        Matrix y = Matrix.of(DataType.FLOAT, 5, 3, start.toArray());
        Matrix expected = Matrix.of(DataType.FLOAT, 5, 3, start.toArray());
        weight.multiply(pass, 2, x, beta, y);
        pass.kernels().gemm(2, w, false, x, false, beta, expected);
        assertThat(Matrices.distance(y, expected)).isLessThan(1e-6);
      }
      assertThat(weight.rows(1, 3)).isEqualTo(Weight.of(w).rows(1, 3));
      Matrix gathered = Matrix.zeros(DataType.FLOAT, 4, 2);
      Matrix expected = Matrix.zeros(DataType.FLOAT, 4, 2);
      for (boolean accumulate : new boolean[] {false, true}) {
        weight.gather(pass, new int[] {4, 1}, accumulate, gathered);
        Weight.of(w).gather(pass, new int[] {4, 1}, accumulate, expected);
        assertThat(gathered.toArray()).isEqualTo(expected.toArray());
      }
    }
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    FloatMatrix w = random(FloatMatrix.Element.FLOAT32, 4, 3, 0, 1, new Random(1));
    Matrix x = Matrix.zeros(DataType.FLOAT, 4, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Kernels.forThread(DataType.FLOAT)
                    .gemm(
                        w, false, Precision.FLOAT32, x, false, Matrix.zeros(DataType.FLOAT, 4, 2)))
        .withMessageContaining("shapes do not fit");
  }
}
