package io.github.cola4j.nn.stored;

/** A matrix that is quantised into memory of its own: rows by rows, never as a whole in float32. */
public interface QuantizedCopy {

  /**
   * Takes whole rows, finite and row by row, in their order.
   *
   * @param first the number of the first: how many were taken before
   */
  void setRows(int first, float[] elements);

  /** The matrix, when all rows were taken. */
  StoredMatrix matrix();
}
