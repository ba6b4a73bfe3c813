package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.highrank.SparseMask;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Which elements SHiRA trains. */
class SparseMaskTest {
  private static final int OUT = 30;
  private static final int IN = 50;
  private static final int COUNT = 4 * (OUT + IN);

  private static FrozenLinear layer(String name) {
    return new FrozenLinear(name, Matrix.zeros(DataType.FLOAT, OUT, IN), null);
  }

  private static AdapterConfig config(Map<String, Object> options) {
    return AdapterConfig.of("shira").withRank(4).withOptions(options);
  }

  private static int[] mask(long seed, String name) {
    return SparseMask.of(config(Map.of("seed", seed)), layer(name), null).rowsAndColumns();
  }

  @Test
  void eachIsAnElementOfTheWeightOnce() {
    int[] mask = mask(0, "layer");
    assertThat(mask).hasSize(2 * COUNT);
    Set<Integer> cells = new HashSet<>();
    int[] rows = new int[OUT];
    for (int k = 0; k < COUNT; k++) {
      assertThat(mask[k]).isBetween(0, OUT - 1);
      assertThat(mask[COUNT + k]).isBetween(0, IN - 1);
      cells.add(mask[k] * IN + mask[COUNT + k]);
      rows[mask[k]]++;
    }
    assertThat(cells).hasSize(COUNT);
    assertThat(Arrays.stream(rows).max().orElseThrow()).as("of 10.7 in the mean").isLessThan(25);
  }

  @Test
  void followsFromTheSeedAndTheLayersName() {
    assertThat(mask(0, "layer")).containsExactly(mask(0, "layer"));
    assertThat(mask(1, "layer")).isNotEqualTo(mask(0, "layer"));
    assertThat(mask(0, "other")).isNotEqualTo(mask(0, "layer"));
    AdapterConfig all = AdapterConfig.of("shira").withRank(1);
    FrozenLinear square = new FrozenLinear("x", Matrix.zeros(DataType.FLOAT, 2, 2), null);
    assertThat(SparseMask.of(all, square, null).rowsAndColumns())
        .as("every element there is")
        .containsExactly(0, 1, 0, 1, 0, 0, 1, 1);
  }

  @Test
  void oneThatIsStoredIsKeptAndChecked() {
    AdapterConfig config = config(Map.of("storedMask", true));
    float[] stored = {3, 29, 0, 49, 0, 0};
    assertThat(SparseMask.of(config, layer("x"), stored).rowsAndColumns())
        .containsExactly(3, 29, 0, 49, 0, 0);
    for (float[] wrong :
        new float[][] {{30, 0}, {0, 50}, {-1, 0}, {0.5f, 0}, {Float.NaN, 0}, {1, 1, 2, 2}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SparseMask.of(config, layer("x"), wrong))
          .withMessageContaining("the mask of x [30 × 50]")
          .withMessageContaining("each once");
    }
  }

  @Test
  void moreThanThereAreIsRefused() {
    AdapterConfig config = AdapterConfig.of("shira").withRank(19);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SparseMask.of(config, layer("x"), null))
        .withMessageContaining("rank 19")
        .withMessageContaining("1520 elements of x [30 × 50]");
  }

  /** Its places are read at the start: averaging may blur those that lie in θ. */
  @Test
  void aStoredMaskTrainsAsTheSeedsOwn() {
    AdapterConfig stored = config(Map.of("storedMask", true));
    try (AdapterProbe own = new AdapterProbe(config(Map.of()), IN, OUT, 5);
        AdapterProbe same = new AdapterProbe(stored, IN, OUT, 5)) {
      assertThat(same.initial).hasSize(3 * COUNT);
      assertThat(same.modules.layout().trained()).isEqualTo(COUNT);
      own.moved();
      same.pass.kernels().add(0.3, same.gaussian(same.initial.length, 1), same.theta);
      same.of(same.theta, "v").set(own.of(own.theta, "v").toDoubles());
      own.x.set(same.x.toDoubles());
      own.dY.set(same.dY.toDoubles());
      assertThat(own.modules.linears().get(0).bias().toDoubles())
          .containsExactly(same.linear.bias().toDoubles());
      assertThat(Matrices.distance(own.forward(), same.forward())).isLessThan(1e-12);
      own.backward();
      same.backward();
      assertThat(same.of(same.gradient, "v").toDoubles())
          .containsExactly(own.of(own.gradient, "v").toDoubles());
      assertThat(same.of(same.gradient, "cells").toArray()).containsOnly(0);
    }
  }
}
