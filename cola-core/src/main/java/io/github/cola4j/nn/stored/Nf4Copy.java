package io.github.cola4j.nn.stored;

/**
 * Quantises a matrix to {@link Nf4Matrix}: blocks of 64, whose scales are quantised again in groups
 * of 256 to the dynamic 8-bit type, after their mean was taken off.
 */
final class Nf4Copy implements QuantizedCopy {
  private static final int BLOCK = 64;
  private static final int GROUP = 256;

  /** Below it a block's elements count as 0. */
  private static final float SMALLEST = 1e-38f;

  private final int out;
  private final int in;
  private final Memory codes;
  private final float[] absmax; // of the blocks done so far
  private final float[] block = new float[BLOCK]; // the one that rows are collected in
  private int collected;
  private int blocks;

  Nf4Copy(int out, int in) {
    this.out = out;
    this.in = in;
    long elements = (long) out * in;
    codes = Memory.allocate(Math.toIntExact((elements + 1) / 2));
    absmax = new float[Math.toIntExact((elements + BLOCK - 1) / BLOCK)];
  }

  @Override
  public void setRows(int first, float[] elements) {
    if ((long) first * in != (long) blocks * BLOCK + collected) {
      throw new IllegalStateException("expected rows in their order, got row " + first);
    }
    for (int from = 0; from < elements.length; ) {
      int some = Math.min(BLOCK - collected, elements.length - from);
      System.arraycopy(elements, from, block, collected, some);
      collected += some;
      from += some;
      if (collected == BLOCK) {
        flush();
      }
    }
  }

  private void flush() {
    float largest = 0;
    for (int i = 0; i < collected; i++) {
      largest = Math.max(largest, Math.abs(block[i]));
    }
    float inverse = 1 / Math.max(SMALLEST, largest);
    int at = blocks * (BLOCK / 2);
    for (int i = 0; i < collected; i += 2) {
      int upper = NormalFloat.code(block[i] * inverse);
      int lower = NormalFloat.code(i + 1 < collected ? block[i + 1] * inverse : 0);
      codes.bytes().put(at + i / 2, (byte) (upper << 4 | lower));
    }
    absmax[blocks++] = largest;
    collected = 0;
  }

  @Override
  public Nf4Matrix matrix() {
    if (collected > 0) {
      flush();
    }
    if (blocks != absmax.length) {
      throw new IllegalStateException("expected all " + out + " rows before the matrix");
    }
    return new Nf4Matrix(out, in, codes, BLOCK, nested(), MemorySource.HOST);
  }

  private Nf4Scales nested() {
    double sum = 0;
    for (float scale : absmax) {
      sum += scale;
    }
    float offset = (float) (sum / Math.max(1, blocks));
    Memory nested = Memory.allocate(blocks);
    float[] groups = new float[(blocks + GROUP - 1) / GROUP];
    for (int g = 0; g < groups.length; g++) {
      int end = Math.min(blocks, (g + 1) * GROUP);
      for (int i = g * GROUP; i < end; i++) {
        groups[g] = Math.max(groups[g], Math.abs(absmax[i] - offset));
      }
      float inverse = groups[g] == 0 ? 0 : 1 / groups[g];
      for (int i = g * GROUP; i < end; i++) {
        int code = NormalFloat.dynamicCode((absmax[i] - offset) * inverse);
        nested.bytes().put(i, (byte) code);
      }
    }
    return new Nf4Scales.Nested(nested, NormalFloat.dynamicValues(), GROUP, groups, offset);
  }
}
