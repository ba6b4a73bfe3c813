package io.github.cola4j.nn.stored;

/**
 * A frozen matrix W [out × in] row by row, as a file has it or as it was quantised. Immutable; used
 * by several threads.
 */
public interface StoredMatrix {

  /** Rows of W. */
  int out();

  /** Columns of W. */
  int in();

  /** The bytes that it takes, of the file or of memory. */
  long bytes();

  /** What it is and where it lies, for reports: {@code bfloat16 in a mapped file}. */
  String place();

  /**
   * Decodes some rows.
   *
   * @param first the number of the first
   * @param count how many
   * @param target receives count · in elements, row by row
   * @param at where in {@code target} the first goes
   * @throws IllegalStateException if the file was changed meanwhile
   */
  void decode(int first, int count, float[] target, int at);
}
