package io.github.cola4j.nn;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A column-major matrix: a window of ND4J memory, so light that the training step can make
 * thousands (an {@link INDArray} view costs 20 µs, this one nothing). {@link #array()} gives the
 * same memory as an {@code INDArray}.
 *
 * <p>Element (i, j) lies at {@code offset + i + j·stride}; {@code stride} is at least {@code rows}
 * and more for a range of rows of a larger matrix.
 */
public final class Matrix {
  /** Rows transposed at once. */
  private static final int ROWS = 64;

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
      matrix.array().assign(0);
    }
    return matrix;
  }

  /** A new matrix in memory of its own, with whatever stands there: set all of it. */
  public static Matrix unset(DataType type, int rows, int columns) {
    return new Matrix(Storage.allocate(type, (long) rows * columns), 0, rows, columns, rows);
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

  /**
   * A window of an ND4J array's memory, which must have no gaps: its elements as they lie there,
   * read column by column. A row-major array [T × features] becomes a matrix [features × T].
   */
  public static Matrix over(INDArray array, int rows, int columns) {
    if (!Shape.hasDefaultStridesForShape(array) || array.length() != (long) rows * columns) {
      throw new IllegalArgumentException(
          "cannot read the memory of an array "
              + Arrays.toString(array.shape())
              + " with strides "
              + Arrays.toString(array.stride())
              + " as "
              + rows
              + " × "
              + columns);
    }
    return new Matrix(Storage.of(array), array.offset(), rows, columns, rows);
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

  public long offset() {
    return offset;
  }

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

  /** The same memory as an ND4J array [rows × columns]. */
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
    if (type() == DataType.FLOAT && Kernels.onHost()) {
      for (int j = 0; j < columns; j++) {
        storage.write(offset + (long) j * stride, elements, j * rows, rows);
      }
    } else if (elements.length > 0) {
      array().assign(Nd4j.createFromArray(elements).reshape('f', rows, columns));
    }
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
    if (type() == DataType.FLOAT) {
      float[] narrow = new float[elements.length];
      for (int i = 0; i < narrow.length; i++) {
        narrow[i] = (float) elements[i];
      }
      set(narrow);
      return;
    }
    if (elements.length != length()) {
      throw expected(elements.length);
    }
    if (elements.length > 0) {
      array().assign(Nd4j.createFromArray(elements).reshape('f', rows, columns));
    }
  }

  /** A copy of all elements, column by column. */
  public float[] toArray() {
    float[] elements = new float[Math.toIntExact(length())];
    if (type() == DataType.FLOAT && Kernels.onHost()) {
      for (int j = 0; j < columns; j++) {
        storage.read(offset + (long) j * stride, elements, j * rows, rows);
      }
      return elements;
    }
    return elements.length == 0 ? elements : array().dup('f').data().asFloat();
  }

  /** A copy of all elements as doubles, column by column. */
  public double[] toDoubles() {
    return length() == 0 ? new double[0] : array().dup('f').data().asDouble();
  }

  @Override
  public String toString() {
    return rows + " × " + columns + " " + type();
  }
}
