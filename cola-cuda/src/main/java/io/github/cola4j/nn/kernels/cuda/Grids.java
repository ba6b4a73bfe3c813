package io.github.cola4j.nn.kernels.cuda;

/** How many blocks a kernel gets whose threads take elements as far apart as they are many. */
final class Grids {
  /** Threads of a block. */
  static final int THREADS = 256;

  /** Blocks that keep the largest devices busy. */
  private static final int MOST = 4096;

  private Grids() {}

  /** Blocks for so many elements. */
  static int of(long elements) {
    return (int) Math.max(1, Math.min(MOST, (elements + THREADS - 1) / THREADS));
  }
}
