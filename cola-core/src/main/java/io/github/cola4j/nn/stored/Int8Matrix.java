package io.github.cola4j.nn.stored;

import java.nio.ByteBuffer;

/**
 * A matrix of 8-bit integers with a scale a row, W[i, j] = q[i, j] s[i] with s[i] = absmax[i] / 127
 * (LLM.int8(), arXiv 2208.07339, section 2.1; the vector-wise layout of bitsandbytes).
 */
public final class Int8Matrix implements StoredMatrix {
  /** The integer of the largest element of a row. */
  static final int LARGEST = 127;

  /** 1 / 127, by which bitsandbytes multiplies. */
  private static final float SHARE = 1f / LARGEST;

  private final int out;
  private final int in;
  private final Memory integers; // [out × in], row by row
  private final Memory scales; // [out] float32
  private final float[] absmax; // [out]
  private final MemorySource source;

  /**
   * A matrix of what was quantised before.
   *
   * @param integers [out × in], row by row
   * @param absmax the largest absolute value of every row
   * @param source what the integers' memory belongs to
   */
  public Int8Matrix(int out, int in, Memory integers, float[] absmax, MemorySource source) {
    integers.requireSize((long) out * in, "integers");
    if (absmax.length != out) {
      throw new IllegalArgumentException(
          "expected " + out + " scales, one a row, got " + absmax.length);
    }
    this.out = out;
    this.in = in;
    this.integers = integers;
    this.absmax = absmax;
    this.source = source;
    scales = Memory.allocate(4L * out);
    for (int i = 0; i < out; i++) {
      scales.bytes().putFloat(4 * i, absmax[i] * SHARE);
    }
  }

  /** q, after a look whether its memory is still there. */
  public Memory integers() {
    source.requireIntact();
    return integers;
  }

  /** s [out] as float32. */
  public Memory scales() {
    return scales;
  }

  /** The largest absolute value of every row: what bitsandbytes calls SCB. */
  public float[] absmax() {
    return absmax.clone();
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
    return (long) out * in + 4L * out;
  }

  @Override
  public String place() {
    return "int8 in " + source.place();
  }

  @Override
  public void decode(int first, int count, float[] target, int at) {
    decode(first, count, true, target, at);
  }

  /** As {@link #decode(int, int, float[], int)}, without the scales: q itself. */
  public void integers(int first, int count, float[] target, int at) {
    decode(first, count, false, target, at);
  }

  private void decode(int first, int count, boolean scaled, float[] target, int at) {
    ByteBuffer bytes = integers().bytes();
    for (int i = 0; i < count; i++) {
      float scale = scaled ? scales.bytes().getFloat(4 * (first + i)) : 1;
      row(bytes, (first + i) * in, scale, target, at + i * in, in);
    }
  }

  private static void row(
      ByteBuffer bytes, int from, float scale, float[] target, int at, int count) {
    for (int j = 0; j < count; j++) {
      target[at + j] = bytes.get(from + j) * scale;
    }
  }

  @Override
  public String toString() {
    return out + " × " + in + " " + place();
  }
}
