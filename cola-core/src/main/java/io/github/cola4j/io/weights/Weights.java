package io.github.cola4j.io.weights;

import io.github.cola4j.nn.stored.Quantization;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors of a pre-trained model, under the names Hugging Face gives them (a BERT's without
 * the {@code bert.} prefix), whatever file they come from. Tensors are read one at a time, as
 * float32 in row-major order; half types are converted.
 */
public interface Weights extends AutoCloseable {

  /** Where the tensors come from, for messages: a file, a folder or a resource. */
  String source();

  /** The names of all tensors. */
  Set<String> names();

  /**
   * The shape of a tensor.
   *
   * @throws IllegalArgumentException if there is no tensor of that name; the message names the
   *     source and the nearest name it has
   */
  long[] shape(String name);

  /**
   * The type of every tensor that is there and cannot be read, since it holds no floating-point
   * numbers of a known kind.
   */
  default Map<String, String> unreadable() {
    return Map.of();
  }

  /** The type in which a tensor is stored; float32 where it is not known. */
  default FloatType type(String name) {
    return FloatType.F32;
  }

  /** How some of the matrices are quantised; null if none is. */
  default Quantization quantization() {
    return null;
  }

  /** What the file calls a tensor. */
  default String originalName(String name) {
    return name;
  }

  /**
   * Refuses another shape than the caller needs, before memory for it is allocated.
   *
   * @throws IllegalArgumentException as {@link #read(String, long...)} does
   */
  default void requireShape(String name, long... shape) {
    TensorNames.checkShape(name, source(), shape, shape(name));
  }

  /**
   * Reads one tensor.
   *
   * @param shape the shape the caller needs
   * @return the elements, row-major
   * @throws IllegalArgumentException if it is missing or has another shape, or holds a NaN or an
   *     infinity; the message says what was expected and what the source has
   */
  float[] read(String name, long... shape);

  /** Takes a tensor a few rows at a time. A row is what the first dimension counts. */
  @FunctionalInterface
  interface Rows {
    /**
     * Takes some rows.
     *
     * @param first the number of the first
     * @param elements whole rows, row-major
     */
    void accept(int first, float[] elements);
  }

  /**
   * Reads one tensor in the order of its rows, so that it need not be on the heap as a whole.
   *
   * @param shape the shape the caller needs
   * @throws IllegalArgumentException as {@link #read(String, long...)} does, perhaps after some
   *     rows
   */
  default void read(String name, Rows rows, long... shape) {
    rows.accept(0, read(name, shape));
  }

  /**
   * A matrix as it lies in its mapped file, which stays mapped when this is closed: nothing is
   * copied. All elements were looked at once.
   *
   * @return null where the source has no such form of it: it must be read
   * @throws IllegalArgumentException as {@link #read(String, long...)}
   */
  default StoredMatrix stored(String name, int out, int in) {
    return null;
  }

  /**
   * A tensor of any type as its mapped file has it, which stays mapped when this is closed; its
   * elements were not looked at.
   *
   * @return null where the source has no such form of it
   * @throws IllegalArgumentException if there is no tensor of that name
   */
  default RawTensor raw(String name) {
    return null;
  }

  @Override
  void close();
}
