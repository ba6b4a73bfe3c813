package io.github.cola4j.nn.kernels.cuda.grouped;

import io.github.cola4j.nn.kernels.cuda.device.Gpu;

/**
 * The only parameter of a kernel that computes many results, as {@code common.cu} has it: what its
 * blocks are to compute. A launch copies nothing to the device.
 */
final class LaunchTable {
  /** {@code TABLE_WORDS}: with 8 bytes each, less than the 4096 that parameters may have. */
  static final int WORDS = 480;

  private final long[] words = new long[WORDS];
  private int tiles;

  /** Blocks so far: the first tile of what is added next. */
  int tiles() {
    return tiles;
  }

  /** Adds the blocks of a result. */
  void addTiles(long more) {
    tiles = Math.toIntExact(tiles + more);
  }

  void set(int place, long word) {
    words[place] = word;
  }

  /** Two numbers as the halves of a word. */
  static long pair(int low, int high) {
    return Integer.toUnsignedLong(low) | (long) high << 32;
  }

  /** ⌈dividend / divisor⌉. */
  static long ceil(long dividend, long divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  /** Launches all blocks and starts again with an empty table. */
  void launch(Gpu gpu, String kernel, int threads) {
    if (tiles > 0) {
      gpu.launch(kernel, tiles, 1, threads, 0, words);
      tiles = 0;
    }
  }
}
