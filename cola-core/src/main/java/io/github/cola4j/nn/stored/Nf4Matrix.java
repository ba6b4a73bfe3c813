package io.github.cola4j.nn.stored;

import java.nio.ByteBuffer;

/**
 * A matrix of 4-bit NormalFloat (QLoRA, arXiv 2305.14314, section 3): W row by row in blocks of 64
 * elements, which continue from a row to the next; an element is its code's value times the largest
 * absolute value of its block. Two codes a byte, the first in the upper half.
 */
public final class Nf4Matrix implements StoredMatrix {
  private final int out;
  private final int in;
  private final Memory codes;
  private final int block;
  private final Nf4Scales scales;
  private final MemorySource source;

  /**
   * A matrix of what was quantised before.
   *
   * @param codes two elements a byte
   * @param block how many elements have a scale together
   * @param source what the memory of codes and scales belongs to
   */
  public Nf4Matrix(
      int out, int in, Memory codes, int block, Nf4Scales scales, MemorySource source) {
    long elements = (long) out * in;
    codes.requireSize((elements + 1) / 2, "codes");
    long blocks = (elements + block - 1) / block;
    if (scales.blocks() != blocks) {
      throw new IllegalArgumentException(
          "expected " + blocks + " scales, one a block, got " + scales.blocks());
    }
    this.out = out;
    this.in = in;
    this.codes = codes;
    this.block = block;
    this.scales = scales;
    this.source = source;
  }

  /** Two elements a byte. */
  public Memory codes() {
    source.requireIntact();
    return codes;
  }

  /** How many elements have a scale together. */
  public int block() {
    return block;
  }

  /** The scale of every block. */
  public Nf4Scales scales() {
    return scales;
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
    return codes.bytes().remaining() + scales.bytes();
  }

  @Override
  public String place() {
    return "nf4 in " + source.place();
  }

  @Override
  public void decode(int first, int count, float[] target, int at) {
    ByteBuffer bytes = codes().bytes();
    long element = (long) first * in;
    long end = element + (long) count * in;
    int to = at;
    while (element < end) {
      int number = (int) (element / block);
      long stop = Math.min(end, (number + 1L) * block);
      to = decode(bytes, element, stop, scales.of(number), target, to);
      element = stop;
    }
  }

  /**
   * Decodes the elements {@code from} to {@code stop} of one block; returns where the next goes.
   */
  private static int decode(
      ByteBuffer bytes, long from, long stop, float scale, float[] target, int at) {
    int to = at;
    int next = (int) (from >> 1);
    if ((from & 1) == 1) {
      target[to++] = NormalFloat.value(bytes.get(next++) & 0xf) * scale;
    }
    int last = (int) (stop >> 1);
    to = pairs(bytes, next, last, scale, target, to);
    if ((stop & 1) == 1 && last >= next) {
      target[to++] = NormalFloat.value((bytes.get(last) & 0xff) >> 4) * scale;
    }
    return to;
  }

  private static int pairs(
      ByteBuffer bytes, int from, int to, float scale, float[] target, int at) {
    float[] values = NormalFloat.pairs();
    int next = at;
    for (int i = from; i < to; i++) {
      int pair = (bytes.get(i) & 0xff) << 1;
      target[next] = values[pair] * scale;
      target[next + 1] = values[pair + 1] * scale;
      next += 2;
    }
    return next;
  }

  @Override
  public String toString() {
    return out + " × " + in + " " + place();
  }
}
