package io.github.cola4j.io;

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
   * Reads one tensor.
   *
   * @param shape the shape the caller needs
   * @return the elements, row-major
   * @throws IllegalArgumentException if it is missing or has another shape, or holds a NaN or an
   *     infinity; the message says what was expected and what the source has
   */
  float[] read(String name, long... shape);

  @Override
  void close();
}
