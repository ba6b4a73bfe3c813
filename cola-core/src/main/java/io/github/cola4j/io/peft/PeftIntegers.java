package io.github.cola4j.io.peft;

import io.github.cola4j.io.weights.RawTensor;
import io.github.cola4j.io.weights.TensorNames;
import io.github.cola4j.io.weights.Weights;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Tensors of integers, such as places in a weight; PEFT writes them as floats on Windows. */
final class PeftIntegers {
  static final String TYPE = "I32";

  /** Above it not every integer is a float. */
  private static final int EXACT = 1 << 24;

  private PeftIntegers() {}

  /**
   * A tensor's elements, row-major.
   *
   * @throws IllegalArgumentException if it has another shape, or a number that no float is
   */
  static float[] read(Weights source, String name, long... shape) {
    if (!source.unreadable().containsKey(name)) {
      return source.read(name, shape);
    }
    RawTensor tensor = source.raw(name);
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new IllegalArgumentException(
          TensorNames.label(name, source.source())
              + ": expected shape "
              + Arrays.toString(shape)
              + ", it has "
              + Arrays.toString(tensor.shape()));
    }
    IntBuffer integers = tensor.bytes().bytes().asIntBuffer();
    float[] elements = new float[integers.remaining()];
    for (int i = 0; i < elements.length; i++) {
      int integer = integers.get(i);
      if (Math.abs((long) integer) > EXACT) {
        throw new IllegalArgumentException(
            TensorNames.label(name, source.source())
                + ": expected integers up to "
                + EXACT
                + ", element "
                + i
                + " is "
                + integer);
      }
      elements[i] = integer;
    }
    return elements;
  }
}
