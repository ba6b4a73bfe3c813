package io.github.cola4j.io.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rounding to the types of files; the expected values are PyTorch's. */
class FloatTypeTest {
  @ParameterizedTest
  @CsvSource({
    "BF16, 1.00390625, 1.0", // 1 + 2^-8 is half way: to even
    "BF16, 1.01171875, 1.015625", // 1 + 3 · 2^-8 is half way: to even
    "BF16, 1.00390637, 1.0078125",
    "BF16, -0.3333333, -0.333984375",
    "BF16, 1e-40, 9.18355e-41",
    "BF16, 3.4028235e38, Infinity",
    "F16, 0.3333333, 0.333251953125",
    "F16, -65519.996, -65504",
    "F16, 65520, Infinity",
    "F16, 2049, 2048", // half way between 2048 and 2050: to even
    "F16, 2051, 2052",
    "F16, 6.1035156e-5, 6.1035156e-5", // the smallest normal
    "F16, 6.1020255e-5, 6.103515625e-5", // the largest subnormal and a half
    "F16, 8.940697e-8, 1.1920929e-7", // 1.5 · 2^-24: to even
    "F16, 2.9802322e-8, 0.0", // 0.5 · 2^-24: to even
    "F16, -0.0, -0.0",
    "F32, 0.1, 0.1",
    "F64, 0.1, 0.1"
  })
  void roundsToNearestEven(FloatType type, float value, float expected) {
    assertThat(type.rounded(value)).isEqualTo(expected);
    ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    type.put(bytes, value);
    assertThat(bytes.position()).isEqualTo(type.width());
    assertThat(type.next(bytes.flip())).isEqualTo(expected);
  }

  @Test
  void everyHalfIsItselfAgain() {
    for (FloatType type : new FloatType[] {FloatType.BF16, FloatType.F16}) {
      ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
      for (int bits = 0; bits < 1 << 16; bits++) {
        float value = type.next(bytes.clear().putShort((short) bits).flip());
        if (Float.isFinite(value)) {
          type.put(bytes.clear(), value);
          assertThat(bytes.getShort(0)).isEqualTo((short) bits);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void whatBecomesInfiniteIsRefused(FloatType type) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> type.write(new float[] {1, 3.4e38f}, 0, 2, ByteBuffer.allocate(4), "tensor 'x'"))
        .withMessage("tensor 'x': element 1 is 3.4E38, too large for " + type.torch());
  }
}
