package io.github.cola4j.nn.stored;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/**
 * A matrix of floating-point numbers in direct memory, such as a mapped file: blocks of whole rows,
 * each at any offset.
 */
public final class FloatMatrix implements StoredMatrix {

  /** What an element is, little-endian. */
  public enum Element {
    /** IEEE 754 binary32. */
    FLOAT32(4, 0x7f80_0000_7f80_0000L),
    /** The upper half of a binary32. */
    BFLOAT16(2, 0x7f80_7f80_7f80_7f80L),
    /** IEEE 754 binary16. */
    FLOAT16(2, 0x7c00_7c00_7c00_7c00L);

    private final int width;
    private final long exponents; // their bits in the elements of eight bytes
    private final long lowest; // the lowest of each

    Element(int width, long exponents) {
      this.width = width;
      this.exponents = exponents;
      this.lowest = exponents & ~(exponents << 1);
    }

    /** Whether one of the elements in eight bytes is a NaN or infinite: all exponent bits set. */
    private boolean isInfinite(long elements) {
      long signs = (elements & exponents) + lowest; // carries into the sign bit, no further
      return (signs & ~exponents & (exponents << 1)) != 0;
    }

    /** Bytes of an element. */
    public int width() {
      return width;
    }

    /** PyTorch's name. */
    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * Whole rows that follow each other in memory.
   *
   * @param first the number of the first
   * @param rows how many
   * @param bytes the memory
   * @param pointer to its first byte; one of the two keeps the memory
   */
  public record Block(int first, int rows, ByteBuffer bytes, Pointer pointer) {}

  private final Element element;
  private final int out;
  private final int in;
  private final List<Block> blocks;
  private final MemorySource source;

  /**
   * A matrix of blocks.
   *
   * @param blocks rows from 0 on, without gaps, in direct memory
   * @param source what the memory belongs to
   */
  public FloatMatrix(Element element, int out, int in, List<Block> blocks, MemorySource source) {
    this.element = element;
    this.out = out;
    this.in = in;
    this.blocks = List.copyOf(blocks);
    this.source = source;
    int rows = 0;
    for (Block block : blocks) {
      if (block.first != rows
          || !block.bytes.isDirect()
          || block.bytes.remaining() != (long) block.rows * in * element.width) {
        throw new IllegalArgumentException(
            "expected rows from "
                + rows
                + " of "
                + in
                + " elements in direct memory, got "
                + block.rows
                + " from "
                + block.first
                + " in "
                + block.bytes);
      }
      rows += block.rows;
    }
    if (rows != out) {
      throw new IllegalArgumentException("expected " + out + " rows, got " + rows);
    }
  }

  /** Rows from {@code first} on in a direct buffer, which keeps its memory. */
  public static Block block(int first, int rows, ByteBuffer bytes) {
    return new Block(first, rows, bytes.order(ByteOrder.LITTLE_ENDIAN), new Pointer(bytes));
  }

  /** The type of its elements. */
  public Element element() {
    return element;
  }

  /** Its memory, after a look whether it is still there. */
  public List<Block> blocks() {
    source.requireIntact();
    return blocks;
  }

  @Override
  public int out() {
    return out;
  }

  @Override
  public int in() {
    return in;
  }

  @Override
  public long bytes() {
    return (long) out * in * element.width;
  }

  @Override
  public String place() {
    return element + " in " + source.place();
  }

  @Override
  public void decode(int first, int count, float[] target, int at) {
    source.requireIntact();
    int to = at;
    for (Block block : blocks) {
      int from = Math.max(first, block.first);
      int end = Math.min(first + count, block.first + block.rows);
      if (from < end) {
        int elements = (end - from) * in;
        ByteBuffer some =
            block
                .bytes
                .slice((from - block.first) * in * element.width, elements * element.width)
                .order(ByteOrder.LITTLE_ENDIAN);
        decode(some, target, to, elements);
        to += elements;
      }
    }
  }

  /** Whether there is no NaN and no infinity. */
  public boolean isFinite() {
    for (Block block : blocks) {
      ByteBuffer bytes = block.bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      int end = bytes.limit() - Long.BYTES;
      int at = 0;
      for (; at <= end; at += Long.BYTES) {
        if (element.isInfinite(bytes.getLong(at))) {
          return false;
        }
      }
      long rest = 0;
      for (int shift = 0; at < bytes.limit(); at++, shift += 8) {
        rest |= (bytes.get(at) & 0xffL) << shift;
      }
      if (element.isInfinite(rest)) {
        return false;
      }
    }
    return true;
  }

  private void decode(ByteBuffer bytes, float[] target, int at, int count) {
    switch (element) {
      case FLOAT32 -> bytes.asFloatBuffer().get(target, at, count);
      case BFLOAT16 -> {
        var shorts = bytes.asShortBuffer();
        for (int i = 0; i < count; i++) {
          target[at + i] = Float.intBitsToFloat(shorts.get(i) << 16);
        }
      }
      default -> {
        var shorts = bytes.asShortBuffer();
        for (int i = 0; i < count; i++) {
          target[at + i] = Halves.toFloat(shorts.get(i));
        }
      }
    }
  }

  @Override
  public String toString() {
    return out + " × " + in + " " + place();
  }
}
