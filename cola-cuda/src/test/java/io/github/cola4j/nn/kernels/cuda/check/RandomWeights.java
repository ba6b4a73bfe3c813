package io.github.cola4j.nn.kernels.cuda.check;

import io.github.cola4j.io.weights.FloatType;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Halves;
import io.github.cola4j.nn.stored.MemorySource;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.BytePointer;

/** Random tensors of whatever shape is asked for; matrices are in bfloat16, as from a file. */
record RandomWeights() implements Weights {
  /** Bytes of a block of rows. */
  private static final long BLOCK = 1 << 30;

  @Override
  public String source() {
    return "random weights";
  }

  @Override
  public Set<String> names() {
    return Set.of();
  }

  @Override
  public long[] shape(String name) {
    throw new IllegalArgumentException("random weights have whatever shape is asked for");
  }

  @Override
  public FloatType type(String name) {
    return FloatType.BF16;
  }

  @Override
  public void requireShape(String name, long... shape) {}

  @Override
  public float[] read(String name, long... shape) {
    int length = 1;
    for (long dimension : shape) {
      length *= Math.toIntExact(dimension);
    }
    Random random = new Random(name.hashCode());
    boolean isGain = shape.length == 1 && name.endsWith("weight");
    double deviation = shape.length == 1 ? 0.1 : 1 / Math.sqrt(shape[1]);
    float[] elements = new float[length];
    for (int i = 0; i < length; i++) {
      elements[i] = (float) ((isGain ? 1 : 0) + deviation * random.nextGaussian());
    }
    return elements;
  }

  @Override
  public StoredMatrix stored(String name, int out, int in) {
    int most = (int) Math.max(1, Math.min(out, BLOCK / (2L * in)));
    List<FloatMatrix.Block> blocks = new ArrayList<>();
    for (int first = 0; first < out; first += most) {
      int rows = Math.min(most, out - first);
      BytePointer memory = new BytePointer(2L * rows * in);
      var bytes = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      ShortBuffer shorts = bytes.asShortBuffer();
      int from = first;
      IntStream.range(0, rows).parallel().forEach(i -> fill(name, from + i, i * in, in, shorts));
      blocks.add(new FloatMatrix.Block(first, rows, bytes, memory));
    }
    return new FloatMatrix(FloatMatrix.Element.BFLOAT16, out, in, blocks, MemorySource.HOST);
  }

  /** Uniform elements of variance 1 / in. */
  private static void fill(String name, int row, int at, int in, ShortBuffer target) {
    SplittableRandom random = new SplittableRandom(31L * name.hashCode() + row);
    float scale = (float) (Math.sqrt(12.0 / in) / (1L << 32));
    for (int j = 0; j < in; j += 2) {
      long bits = random.nextLong();
      target.put(at + j, Halves.toBfloat16(scale * (int) bits));
      if (j + 1 < in) {
        target.put(at + j + 1, Halves.toBfloat16(scale * (int) (bits >> 32)));
      }
    }
  }

  @Override
  public void close() {}
}
