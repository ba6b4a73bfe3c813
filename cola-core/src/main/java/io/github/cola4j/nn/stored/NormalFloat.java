package io.github.cola4j.nn.stored;

import java.util.Arrays;

/**
 * The values that codes stand for: NF4 (QLoRA, arXiv 2305.14314, appendix E) and the dynamic 8-bit
 * type of its double quantisation (arXiv 2110.02861, section 1.3), as bitsandbytes has them.
 */
public final class NormalFloat {
  /** Of the 16 codes of NF4. */
  private static final float[] NF4 = {
    -1.0f,
    -0.6961928f,
    -0.52507305f,
    -0.3949175f,
    -0.28444138f,
    -0.18477343f,
    -0.091050036f,
    0.0f,
    0.0795803f,
    0.1609302f,
    0.2461123f,
    0.33791524f,
    0.44070983f,
    0.562617f,
    0.72295684f,
    1.0f
  };

  /** Between each two neighbours. */
  private static final float[] BOUNDS = new float[15];

  /** The two values of a byte's codes, the upper half's first. */
  private static final float[] PAIRS = new float[2 * 256];

  private static final float[] DYNAMIC = dynamic();

  static {
    for (int i = 0; i < BOUNDS.length; i++) {
      BOUNDS[i] = (NF4[i] + NF4[i + 1]) / 2;
    }
    for (int b = 0; b < 256; b++) {
      PAIRS[2 * b] = NF4[b >> 4];
      PAIRS[2 * b + 1] = NF4[b & 0xf];
    }
  }

  private NormalFloat() {}

  /** The values of NF4's codes. */
  public static float[] values() {
    return NF4.clone();
  }

  /** The values of the dynamic 8-bit type's codes. */
  public static float[] dynamicValues() {
    return DYNAMIC.clone();
  }

  /** The value of a code. */
  static float value(int code) {
    return NF4[code];
  }

  /** Values of both codes of a byte, at twice its number; not to be changed. */
  static float[] pairs() {
    return PAIRS;
  }

  /** The code whose value is nearest to a number of −1 to 1, the lower one of two. */
  static int code(float x) {
    int code = x > BOUNDS[7] ? 8 : 0;
    code += x > BOUNDS[code + 3] ? 4 : 0;
    code += x > BOUNDS[code + 1] ? 2 : 0;
    return code + (x > BOUNDS[code] ? 1 : 0);
  }

  /** The code of the dynamic type whose value is nearest, the lower one of two. */
  static int dynamicCode(float x) {
    int found = Arrays.binarySearch(DYNAMIC, x);
    if (found >= 0) {
      return found;
    }
    int above = -found - 1;
    if (above == 0 || above == DYNAMIC.length) {
      return Math.min(above, DYNAMIC.length - 1);
    }
    return DYNAMIC[above] - x < x - DYNAMIC[above - 1] ? above : above - 1;
  }

  /**
   * A sign, a decimal exponent of −6 to 0 and a linear fraction that has one bit more for each step
   * of it; also 0 and 1.
   */
  private static float[] dynamic() {
    float[] values = new float[256];
    int count = 0;
    for (int exponent = 0; exponent < 7; exponent++) {
      int fractions = 1 << exponent;
      float scale = (float) Math.pow(10, exponent - 6);
      for (int i = 0; i < fractions; i++) {
        float mean = (between(i, fractions) + between(i + 1, fractions)) / 2;
        values[count++] = scale * mean;
        values[count++] = -scale * mean;
      }
    }
    values[count++] = 0;
    values[count] = 1;
    Arrays.sort(values);
    return values;
  }

  /** Bound {@code i} of so many equal parts of 0.1 to 1, rounded as PyTorch's linspace does it. */
  private static float between(int i, int parts) {
    float step = (1f - 0.1f) / parts;
    return i < (parts + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, parts - i, 1f);
  }
}
