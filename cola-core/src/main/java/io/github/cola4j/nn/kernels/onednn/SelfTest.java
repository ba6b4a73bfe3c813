package io.github.cola4j.nn.kernels.onednn;

import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Halves;
import io.github.cola4j.nn.stored.MemorySource;
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

  private SelfTest() {}

  /** Whether products with such a weight are right on this machine. */
  static boolean passed(FloatMatrix.Element element, boolean round) {
    return (round ? ROUNDED : EXACT).contains(element);
  }

  private static Set<FloatMatrix.Element> passing(boolean round) {
    Set<FloatMatrix.Element> passing = EnumSet.noneOf(FloatMatrix.Element.class);
    for (FloatMatrix.Element element : FloatMatrix.Element.values()) {
      if (round && element != FloatMatrix.Element.BFLOAT16) {
        continue;
      }
      double error = Math.max(error(element, round, false), error(element, round, true));
      if (error < 1e-4) {
        passing.add(element);
      } else if (!Double.isInfinite(error)) {
        LOG.warn(
            "{} multiplies {} with {} wrongly on this machine (error {}); such weights are decoded"
                + " first, which is slower",
            OneDnn.description(),
            round ? "bfloat16" : "float32",
            element,
            error);
      }
    }
    return passing;
  }

  /** The largest error relative to the largest result; infinite where there is no kernel. */
  private static double error(FloatMatrix.Element element, boolean round, boolean transpose) {
    Random random = new Random(5);
    int k = transpose ? OUT : IN;
    int n = transpose ? IN : OUT;
    FloatMatrix w = matrix(element, random);
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
      if (!new Multiplier().compute(w, transpose, round, input, k, COLUMNS, true, output, n)) {
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

  private static FloatMatrix matrix(FloatMatrix.Element element, Random random) {
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
