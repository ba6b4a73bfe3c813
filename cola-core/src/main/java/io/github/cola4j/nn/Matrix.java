package io.github.cola4j.nn;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A column-major matrix: a window of a {@link Storage}, so light that the training step can make
 * thousands (an {@link INDArray} view costs 20 µs, this one nothing). {@link #array()} gives the
 * same memory as an {@code INDArray} where ND4J reaches it.
 *
 * <p>Element (i, j) lies at {@code offset + i + j·stride}; {@code stride} is at least {@code rows}
 * and more for a range of rows of a larger matrix.
 */
public final class Matrix {
  /** Rows transposed at once. */
  private static final int ROWS = 64;

  /** Elements copied at once. */
  private static final int LONGEST = 1 << 26;

  private final Storage storage;
  private final long offset;
  private final int rows;
  private final int columns;
  private final int stride;
  private volatile INDArray array;

  Matrix(Storage storage, long offset, int rows, int columns, int stride) {
    if (rows < 0 || columns < 0 || stride < rows) {
      throw new IllegalArgumentException(
          "not a matrix: " + rows + " × " + columns + " with stride " + stride);
    }
    if (columns > 0 && offset + (long) stride * (columns - 1) + rows > storage.length()) {
      throw new IndexOutOfBoundsException(
          rows + " × " + columns + " at " + offset + " leaves memory of " + storage.length());
    }
    this.storage = storage;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
  }

  /** A new matrix of zeros in memory of its own. */
  public static Matrix zeros(DataType type, int rows, int columns) {
    Matrix matrix = unset(type, rows, columns);
    if (matrix.length() > 0) {
      matrix.storage.clear();
    }
    return matrix;
  }

  /** A new matrix in memory of its own, with whatever stands there: set all of it. */
  public static Matrix unset(DataType type, int rows, int columns) {
    Storage storage = KernelProviders.get().of(type).allocate(type, (long) rows * columns);
    return new Matrix(storage, 0, rows, columns, rows);
  }

  /** A new matrix in memory of its own, from its elements column by column. */
  public static Matrix of(DataType type, int rows, int columns, float... elements) {
    Matrix matrix = unset(type, rows, columns);
    matrix.set(elements);
    return matrix;
  }

  /** A new matrix in memory of its own, from its elements row by row. */
  public static Matrix ofRows(DataType type, int rows, int columns, float... elements) {
    Matrix matrix = unset(type, rows, columns);
    if (elements.length != matrix.length()) {
      throw matrix.expected(elements.length);
    }
    matrix.setRows(0, elements);
    return matrix;
  }

  /** A window of memory, columns without gaps between them. */
  public static Matrix over(Storage storage, long offset, int rows, int columns) {
    return new Matrix(storage, offset, rows, columns, rows);
  }

  /** FLOAT or DOUBLE. */
  public DataType type() {
    return storage.type();
  }

  /** The number of rows. */
  public int rows() {
    return rows;
  }

  /** The number of columns. */
  public int columns() {
    return columns;
  }

  /** Elements from a column to the next. */
  public int stride() {
    return stride;
  }

  /** The number of elements. */
  public long length() {
    return (long) rows * columns;
  }

  /** Whether a column follows the one before without a gap. */
  public boolean isContiguous() {
    return stride == rows || columns <= 1;
  }

  /** Where its first element lies in the storage, in elements. */
  public long offset() {
    return offset;
  }

  /** The memory that it is a window of. */
  public Storage storage() {
    return storage;
  }

  /** The columns {@code from} (inclusive) to {@code to} (exclusive), the same memory. */
  public Matrix columns(int from, int to) {
    return new Matrix(storage, offset + (long) from * stride, rows, to - from, stride);
  }

  /** The rows {@code from} (inclusive) to {@code to} (exclusive), the same memory. */
  public Matrix rows(int from, int to) {
    return new Matrix(storage, offset + from, to - from, columns, stride);
  }

  /** The same contiguous memory read as another shape of as many elements. */
  public Matrix reshape(int newRows, int newColumns) {
    if (!isContiguous() || (long) newRows * newColumns != length()) {
      throw new IllegalArgumentException(
          "cannot read " + this + " as " + newRows + " × " + newColumns);
    }
    return new Matrix(storage, offset, newRows, newColumns, newRows);
  }

  /**
   * The same memory as an ND4J array [rows × columns].
   *
   * @throws UnsupportedOperationException if ND4J cannot reach it
   */
  public INDArray array() {
    if (array == null) {
      array =
          Nd4j.create(
              storage.buffer(), new long[] {rows, columns}, new long[] {1, stride}, offset, 'f');
    }
    return array;
  }

  /** Overwrites all elements, given column by column. */
  public void set(float[] elements) {
    if (elements.length != length()) {
      throw expected(elements.length);
    }
    eachRun((at, from, length) -> storage.write(at, elements, from, length));
  }

  /**
   * Overwrites whole rows, given row by row.
   *
   * @param first the number of the first
   */
  public void setRows(int first, float[] elements) {
    int count = elements.length / Math.max(1, columns);
    if (count * columns != elements.length || first < 0 || first + count > rows) {
      throw new IllegalArgumentException(
          "expected whole rows of " + this + " from " + first + ", got " + elements.length);
    }
    for (int from = 0; from < count; from += ROWS) {
      int some = Math.min(ROWS, count - from);
      float[] transposed = new float[some * columns];
      for (int j = 0; j < columns; j++) {
        for (int i = 0; i < some; i++) {
          transposed[j * some + i] = elements[(from + i) * columns + j];
        }
      }
      rows(first + from, first + from + some).set(transposed);
    }
  }

  private IllegalArgumentException expected(int count) {
    return new IllegalArgumentException(
        "expected " + length() + " elements for " + this + ", got " + count);
  }

  /** Overwrites all elements, given column by column, in the precision that the matrix has. */
  public void set(double[] elements) {
    if (elements.length != length()) {
      throw expected(elements.length);
    }
    eachRun((at, from, length) -> storage.write(at, elements, from, length));
  }

  /** A copy of all elements, column by column. */
  public float[] toArray() {
    float[] elements = new float[Math.toIntExact(length())];
    eachRun((at, from, length) -> storage.read(at, elements, from, length));
    return elements;
  }

  /** A copy of all elements as doubles, column by column. */
  public double[] toDoubles() {
    double[] elements = new double[Math.toIntExact(length())];
    eachRun((at, from, length) -> storage.read(at, elements, from, length));
    return elements;
  }

  /** Copies elements that follow each other. */
  private interface Run {
    void copy(long at, int from, int length);
  }

  private void eachRun(Run run) {
    boolean all = isContiguous();
    int total = Math.toIntExact(length());
    int step = all ? LONGEST : rows;
    for (int from = 0, j = 0; from < total; from += Math.min(step, total - from), j++) {
      long at = offset + (all ? from : (long) j * stride);
      run.copy(at, from, Math.min(step, total - from));
    }
  }

  @Override
  public String toString() {
    return rows + " × " + columns + " " + type();
  }
}
