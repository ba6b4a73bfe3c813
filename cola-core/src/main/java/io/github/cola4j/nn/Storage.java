package io.github.cola4j.nn;

import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A block of memory of a {@link KernelProvider}, float32 or float64; {@link Matrix} is a window of
 * it. Only a provider's own kernels may assume more of it than is said here.
 */
public interface Storage {

  /** FLOAT or DOUBLE. */
  DataType type();

  /** The number of elements. */
  long length();

  /** Where it lies, for reports: {@code host memory} or a device. */
  String place();

  /** Copies up to 2²⁷ elements from here to the heap, narrowed if they are doubles. */
  void read(long offset, float[] target, int from, int length);

  /** Copies up to 2²⁷ elements from the heap to here. */
  void write(long offset, float[] source, int from, int length);

  /** Copies up to 2²⁷ elements from here to the heap. */
  void read(long offset, double[] target, int from, int length);

  /** Copies up to 2²⁷ elements from the heap to here, narrowed if this has floats. */
  void write(long offset, double[] source, int from, int length);

  /** Sets all elements to 0. */
  void clear();

  /**
   * The same memory for ND4J's operations.
   *
   * @throws UnsupportedOperationException if ND4J cannot reach it
   */
  DataBuffer buffer();

  /** Frees the memory. */
  void close();
}
