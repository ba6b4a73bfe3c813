package io.github.cola4j.io.weights;

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
      bytes.putShort(upperHalf(value));
    }

    @Override
    public float rounded(float value) {
      return Float.intBitsToFloat(upperHalf(value) << 16);
    }

    @Override
    float next(ByteBuffer bytes) {
      return Float.intBitsToFloat(bytes.getShort() << 16);
    }
  },
  /** IEEE 754 binary16. */
  F16(2, "float16") {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putShort(toHalf(value));
    }

    @Override
    public float rounded(float value) {
      return half(toHalf(value));
    }

    @Override
    float next(ByteBuffer bytes) {
      return half(bytes.getShort());
    }
  };

  private final int width;
  private final String torch;

  FloatType(int width, String torch) {
    this.width = width;
    this.torch = torch;
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

  private static short upperHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  private static short toHalf(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & 0x8000;
    float size = Math.abs(value);
    if (size >= 65520) { // half a step above the largest, 65504
      return (short) (sign | 0x7c00);
    }
    if (size < 0x1p-14f) { // subnormal: multiples of 2^-24
      return (short) (sign | (int) Math.rint(size * 0x1p24));
    }
    int bits = Float.floatToRawIntBits(size);
    return (short) (sign | (bits + 0xfff + (bits >>> 13 & 1) >>> 13) - (127 - 15 << 10));
  }

  /** IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
  private static float half(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
