package io.github.cola4j.nn.kernels.onednn;

import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Halves;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.Memory;
import io.github.cola4j.nn.stored.MemorySource;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.FloatPointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Small products with known results, once a JVM: releases of oneDNN were seen to compute some
 * combinations of types wrong without a word. A combination that fails is not used.
 */
final class SelfTest {
  private static final Logger LOG = LoggerFactory.getLogger(SelfTest.class);
  private static final int OUT = 80;
  private static final int IN = 72;
  private static final int COLUMNS = 67; // a piece of 64 and a rest

  private static final Set<FloatMatrix.Element> EXACT = passing(false);
  private static final Set<FloatMatrix.Element> ROUNDED = passing(true);
  private static final boolean EXACT_INTEGERS = passes(integers(), "int8", false);
  private static final boolean ROUNDED_INTEGERS = passes(integers(), "int8", true);

  private SelfTest() {}

  /** Whether products with such a weight are right on this machine. */
  static boolean passed(FloatMatrix.Element element, boolean round) {
    return (round ? ROUNDED : EXACT).contains(element);
  }

  /** Whether products with 8-bit integers are right on this machine. */
  static boolean passedIntegers(boolean round) {
    return round ? ROUNDED_INTEGERS : EXACT_INTEGERS;
  }

  private static Set<FloatMatrix.Element> passing(boolean round) {
    Set<FloatMatrix.Element> passing = EnumSet.noneOf(FloatMatrix.Element.class);
    for (FloatMatrix.Element element : FloatMatrix.Element.values()) {
      if (round && element != FloatMatrix.Element.BFLOAT16) {
        continue;
      }
      if (passes(matrix(element), element, round)) {
        passing.add(element);
      }
    }
    return passing;
  }

  private static boolean passes(StoredMatrix w, Object type, boolean round) {
    double error = Math.max(error(w, round, false), error(w, round, true));
    if ((error >= 1e-4 && !Double.isInfinite(error)) || Double.isNaN(error)) {
      LOG.warn(
          "{} multiplies {} with {} wrongly on this machine (error {}); such weights are decoded"
              + " first, which is slower",
          OneDnn.description(),
          round ? "bfloat16" : "float32",
          type,
          error);
    }
    return error < 1e-4;
  }

  /** The largest error relative to the largest result; infinite where there is no kernel. */
  private static double error(StoredMatrix w, boolean round, boolean transpose) {
    Random random = new Random(5);
    int k = transpose ? OUT : IN;
    int n = transpose ? IN : OUT;
    float[] elements = new float[OUT * IN];
    w.decode(0, OUT, elements, 0);
    float[] x = new float[COLUMNS * k];
    for (int i = 0; i < x.length; i++) {
      float value = (float) random.nextGaussian();
      x[i] = round ? Halves.fromBfloat16(Halves.toBfloat16(value)) : value;
    }
    float[] y = new float[COLUMNS * n];
    try (FloatPointer input = new FloatPointer(x);
        FloatPointer output = new FloatPointer(y)) {
      Multiplier multiplier = new Multiplier();
      boolean computed =
          w instanceof Int8Matrix integers
              ? multiplier.compute(integers, transpose, round, input, k, COLUMNS, true, output, n)
              : multiplier.compute(
                  (FloatMatrix) w, transpose, round, input, k, COLUMNS, true, output, n);
      if (!computed) {
        return Double.POSITIVE_INFINITY;
      }
      output.get(y);
    }
    double error = 0;
    double largest = 0;
    for (int t = 0; t < COLUMNS; t++) {
      for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < k; j++) {
          sum += (double) elements[transpose ? j * IN + i : i * IN + j] * x[t * k + j];
        }
        largest = Math.max(largest, Math.abs(sum));
        double difference = Math.abs(sum - y[t * n + i]);
        error = difference > error || Double.isNaN(difference) ? difference : error;
      }
    }
    return error / largest;
  }

  /** With scales that are powers of 2, which change no rounding. */
  private static Int8Matrix integers() {
    Random random = new Random(6);
    ByteBuffer bytes = ByteBuffer.allocateDirect(OUT * IN);
    float[] absmax = new float[OUT];
    for (int i = 0; i < OUT * IN; i++) {
      bytes.put((byte) (random.nextInt(255) - 127));
      absmax[i / IN] = 127 * (float) Math.pow(2, -(i / IN % 3));
    }
    return new Int8Matrix(OUT, IN, Memory.of(bytes.flip()), absmax, MemorySource.HOST);
  }

  private static FloatMatrix matrix(FloatMatrix.Element element) {
    Random random = new Random(7);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(OUT * IN * element.width()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < OUT * IN; i++) {
      float value = (float) random.nextGaussian();
      switch (element) {
        case FLOAT32 -> bytes.putFloat(value);
        case BFLOAT16 -> bytes.putShort(Halves.toBfloat16(value));
        default -> bytes.putShort(Halves.toHalf(value));
      }
    }
    List<FloatMatrix.Block> blocks = List.of(FloatMatrix.block(0, OUT, bytes.flip()));
    return new FloatMatrix(element, OUT, IN, blocks, MemorySource.HOST);
  }
}
