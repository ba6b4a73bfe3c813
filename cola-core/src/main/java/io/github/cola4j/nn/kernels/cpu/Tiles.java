package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.Matrix;

/** Walks contiguous matrices of one length tile by tile. */
final class Tiles {
  /** Elements of a tile: three of them fit the first cache. */
  static final int SIZE = 2048;

  private final long total;
  private long offset;
  private int length;

  Tiles(Matrix... matrices) {
    total = matrices[0].length();
    for (Matrix m : matrices) {
      if (!m.isContiguous() || m.length() != total) {
        throw new IllegalArgumentException(
            "expected contiguous matrices of " + total + " elements, got " + m);
      }
    }
  }

  /** Goes to the next tile, if there is one. */
  boolean next() {
    offset += length;
    length = (int) Math.min(SIZE, total - offset);
    return length > 0;
  }

  /** Elements before this tile. */
  long offset() {
    return offset;
  }

  /** Elements of this tile. */
  int length() {
    return length;
  }
}
