package io.github.cola4j.adapter.lowrank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** The random matrices of VeRA, which layers share. */
class VeraProjectionTest {
  private static final int RANK = 5;

  private static VeraProjection drawn(long seed, String name, int out, int in) {
    AdapterConfig config =
        AdapterConfig.of("vera").withRank(RANK).withOptions(Map.of("seed", seed));
    Matrix weight = Matrix.zeros(DataType.FLOAT, out, in);
    return VeraProjection.of(config, new FrozenLinear(name, weight, null));
  }

  /** A layer has the first columns of A and the first rows of B, but for the factor of A. */
  @Test
  void aSmallerLayerHasAPartOfALargerOnes() {
    VeraProjection small = drawn(3, "small", 7, 9);
    VeraProjection large = drawn(3, "large", 11, 36);
    for (int k = 0; k < RANK; k++) {
      for (int i = 0; i < 9; i++) {
        assertThat(small.a()[k * 9 + i])
            .isCloseTo(2 * large.a()[k * 36 + i], Offset.offset(1e-6f)); // √(36/9)
      }
      for (int o = 0; o < 7; o++) {
        assertThat(small.b()[k * 7 + o]).isEqualTo(large.b()[k * 11 + o]);
      }
    }
    assertThat(drawn(4, "small", 7, 9).a()).isNotEqualTo(small.a());
    assertThat(drawn(4, "small", 7, 9).b()).isNotEqualTo(small.b());
  }

  /** Var U(−c, c) = c²/3, so 2/in and 2/r. */
  @Test
  void theirVarianceIsKaimings() {
    VeraProjection drawn = drawn(0, "layer", 3000, 2000);
    assertThat(meanSquare(drawn.a())).isCloseTo(2.0 / 2000, Offset.offset(0.05 / 2000));
    assertThat(meanSquare(drawn.b())).isCloseTo(2.0 / RANK, Offset.offset(0.05 / RANK));
  }

  private static double meanSquare(float... elements) {
    double sum = 0;
    for (float element : elements) {
      sum += element * element;
    }
    return sum / elements.length;
  }

  @Test
  void aStartThatTrainsNothingIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterConfig.of("vera").withOptions(Map.of("start", 0)))
        .withMessageContaining("options.start must be above 0");
  }
}
