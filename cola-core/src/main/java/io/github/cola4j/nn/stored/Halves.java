package io.github.cola4j.nn.stored;

/** IEEE 754 binary16 and bfloat16: conversions from and to float32, to nearest even. */
public final class Halves {
  private Halves() {}

  /** The value of a binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits. */
  public static float toFloat(short bits) {
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

  /** The nearest binary16; infinite if the value is too large. */
  public static short toHalf(float value) {
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

  /** The nearest bfloat16, the upper half of a binary32, of a finite value. */
  public static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
  }

  /** The value of a bfloat16. */
  public static float fromBfloat16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
