package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.Arrays;

/**
 * How the elements of matrices of one shape are spread over blocks: block (t, ·) has column t. If
 * none of the matrices has gaps, all its elements are one column.
 *
 * @param rows elements of a column
 * @param columns blocks in x
 */
record Elements(long rows, int columns) {
  /** Elements that a thread takes by one instruction. */
  private static final int WIDE = 4;

  private static final int WARP = 32;
  private static final int THREADS = 256;
  private static final int COLUMN_THREADS = 512;
  private static final int MOST_BLOCKS = 65_535; // in y, on every device

  /** Columns that stay apart, because each has numbers of its own. */
  static Elements columns(Matrix... all) {
    requireSame(all);
    return new Elements(all[0].rows(), all[0].columns());
  }

  /** Elements whose places do not matter. */
  static Elements all(Matrix... all) {
    requireSame(all);
    return Arrays.stream(all).allMatch(Matrix::isContiguous)
        ? new Elements(all[0].length(), all[0].length() == 0 ? 0 : 1)
        : new Elements(all[0].rows(), all[0].columns());
  }

  private static void requireSame(Matrix... all) {
    for (Matrix matrix : all) {
      if (matrix.rows() != all[0].rows() || matrix.columns() != all[0].columns()) {
        throw new IllegalArgumentException("shapes differ: " + all[0] + " and " + matrix);
      }
    }
  }

  /** Threads of a block that has a part of a column. */
  int threads() {
    return threads(THREADS, WIDE);
  }

  /** Blocks that share a column. */
  int blocks() {
    return (int) Math.min(MOST_BLOCKS, ceil(rows, (long) WIDE * threads()));
  }

  /** Threads of a block that has a whole column and sums over it. */
  int columnThreads() {
    return threads(COLUMN_THREADS, 2 * WIDE);
  }

  private int threads(int most, int each) {
    return (int) Math.max(WARP, Math.min(most, ceil(ceil(rows, each), WARP) * WARP));
  }

  /** Launches a kernel of elements. */
  void launch(Gpu gpu, String kernel, long... arguments) {
    gpu.launch(kernel, columns, blocks(), threads(), 0, arguments);
  }

  /** Launches a kernel with a block a column. */
  void launchColumns(Gpu gpu, String kernel, long... arguments) {
    gpu.launch(kernel, columns, 1, columnThreads(), 0, arguments);
  }

  /** A double as a kernel's argument. */
  static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static long ceil(long dividend, long divisor) {
    return (dividend + divisor - 1) / divisor;
  }
}
