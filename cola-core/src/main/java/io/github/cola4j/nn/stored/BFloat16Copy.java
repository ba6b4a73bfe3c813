package io.github.cola4j.nn.stored;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/** A matrix that is rounded to bfloat16, to nearest even, in memory of its own: rows by rows. */
public final class BFloat16Copy {
  /** Bytes of a block of rows. */
  private static final long BLOCK = 1 << 30;

  private final int out;
  private final int in;
  private final int most; // rows of a block
  private final List<FloatMatrix.Block> blocks = new ArrayList<>();

  /** Memory for a matrix [out × in]. */
  public BFloat16Copy(int out, int in) {
    this.out = out;
    this.in = in;
    this.most = (int) Math.max(1, Math.min(out, BLOCK / (2L * in)));
    for (int first = 0; first < out; first += most) {
      int rows = Math.min(most, out - first);
      BytePointer memory = new BytePointer(2L * rows * in);
      ByteBuffer bytes = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      blocks.add(new FloatMatrix.Block(first, rows, bytes, memory));
    }
  }

  /** Takes some rows, row by row, from row {@code first} on. */
  public void setRows(int first, float[] elements) {
    int rows = elements.length / in;
    for (int i = 0; i < rows; i++) {
      FloatMatrix.Block block = blocks.get((first + i) / most);
      ShortBuffer shorts = block.bytes().asShortBuffer();
      int at = (first + i - block.first()) * in;
      for (int j = 0; j < in; j++) {
        shorts.put(at + j, Halves.toBfloat16(elements[i * in + j]));
      }
    }
  }

  /** The matrix, when all rows were set. */
  public FloatMatrix matrix() {
    return new FloatMatrix(FloatMatrix.Element.BFLOAT16, out, in, blocks, MemorySource.HOST);
  }
}
