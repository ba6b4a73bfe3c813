package io.github.cola4j.io.weights;

import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Halves;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The floating-point types tensors are stored in, little-endian: how they are read as float32, and
 * float32 rounded to them, to nearest even.
 */
public enum FloatType {
  /** IEEE 754 binary32. */
  F32(4, "float32") {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putFloat(value);
    }

    @Override
    public float rounded(float value) {
      return value;
    }

    @Override
    float next(ByteBuffer bytes) {
      return bytes.getFloat();
    }

    @Override
    void read(ByteBuffer bytes, float[] floats, int at, int count) {
      bytes.asFloatBuffer().get(floats, at, count);
    }
  },
  /** IEEE 754 binary64. */
  F64(8, "float64") {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putDouble(value);
    }

    @Override
    public float rounded(float value) {
      return value;
    }

    @Override
    float next(ByteBuffer bytes) {
      return (float) bytes.getDouble();
    }
  },
  /** The upper half of a binary32. */
  BF16(2, "bfloat16") {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putShort(Halves.toBfloat16(value));
    }

    @Override
    public float rounded(float value) {
      return Halves.fromBfloat16(Halves.toBfloat16(value));
    }

    @Override
    float next(ByteBuffer bytes) {
      return Halves.fromBfloat16(bytes.getShort());
    }
  },
  /** IEEE 754 binary16. */
  F16(2, "float16") {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putShort(Halves.toHalf(value));
    }

    @Override
    public float rounded(float value) {
      return Halves.toFloat(Halves.toHalf(value));
    }

    @Override
    float next(ByteBuffer bytes) {
      return Halves.toFloat(bytes.getShort());
    }
  };

  private final int width;
  private final String torch;

  FloatType(int width, String torch) {
    this.width = width;
    this.torch = torch;
  }

  /** The same as a stored matrix has it; null for a type that no product takes. */
  FloatMatrix.Element element() {
    return switch (this) {
      case F32 -> FloatMatrix.Element.FLOAT32;
      case BF16 -> FloatMatrix.Element.BFLOAT16;
      case F16 -> FloatMatrix.Element.FLOAT16;
      default -> null;
    };
  }

  /** PyTorch's name, as {@code bfloat16}. */
  public String torch() {
    return torch;
  }

  /** Bytes of an element. */
  int width() {
    return width;
  }

  abstract float next(ByteBuffer bytes);

  abstract void put(ByteBuffer bytes, float value);

  /** What is read again of a value that was written; infinite if it is too large. */
  public abstract float rounded(float value);

  /** Converts elements, finite or not. */
  void read(ByteBuffer bytes, float[] floats, int at, int count) {
    for (int i = at; i < at + count; i++) {
      floats[i] = next(bytes);
    }
  }

  /**
   * Converts all that remains in a buffer.
   *
   * @param at where in {@code floats} the first element goes
   * @param element the number of the first element in its tensor, for messages
   * @param tensor the tensor's name and source, for messages
   * @throws IllegalArgumentException if an element is a NaN, infinite, or beyond float32
   */
  void read(ByteBuffer bytes, float[] floats, int at, long element, String tensor) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    int count = bytes.remaining() / width;
    read(bytes, floats, at, count);
    for (int i = 0; i < count; i++) {
      finite(floats[at + i], element + i, tensor);
    }
  }

  /**
   * Rounds elements into a buffer.
   *
   * @param tensor the tensor's name and source, for messages
   * @throws IllegalArgumentException if an element is a NaN, infinite, or too large for this type
   */
  void write(float[] floats, int from, int count, ByteBuffer bytes, String tensor) {
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    for (int i = from; i < from + count; i++) {
      finite(floats[i], i, tensor);
      if (!Float.isFinite(rounded(floats[i]))) {
        throw new IllegalArgumentException(
            tensor + ": element " + i + " is " + floats[i] + ", too large for " + torch);
      }
      put(bytes, floats[i]);
    }
  }

  /** The value, unless it is a NaN or infinite. */
  static float finite(float value, long index, String tensor) {
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException(
          tensor + ": expected finite float32 numbers, element " + index + " is " + value);
    }
    return value;
  }
}
