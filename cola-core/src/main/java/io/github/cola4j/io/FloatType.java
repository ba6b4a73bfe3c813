package io.github.cola4j.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The floating-point types tensors are stored in, little-endian, and their reading as float32. */
enum FloatType {
  F32(4) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.getFloat();
    }

    @Override
    void read(ByteBuffer bytes, float[] floats, int at, int count) {
      bytes.asFloatBuffer().get(floats, at, count);
    }
  },
  F64(8) {
    @Override
    float next(ByteBuffer bytes) {
      return (float) bytes.getDouble();
    }
  },
  BF16(2) {
    @Override
    float next(ByteBuffer bytes) {
      return Float.intBitsToFloat(bytes.getShort() << 16);
    }
  },
  F16(2) {
    @Override
    float next(ByteBuffer bytes) {
      return half(bytes.getShort());
    }
  };

  private final int width;

  FloatType(int width) {
    this.width = width;
  }

  /** Bytes of an element. */
  int width() {
    return width;
  }

  abstract float next(ByteBuffer bytes);

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

  /** The value, unless it is a NaN or infinite. */
  static float finite(float value, long index, String tensor) {
    if (!Float.isFinite(value)) {
      throw new IllegalArgumentException(
          tensor + ": expected finite float32 numbers, element " + index + " is " + value);
    }
    return value;
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
