package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** SPP on layers of several groups of outputs, and its zeros. */
class SppTest {
  private static final int IN = 6;

  /** A weight half of whose elements are zero. */
  private static Matrix pruned(int out) {
    Random random = new Random(5);
    float[] elements = new float[out * IN];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = random.nextBoolean() ? 0 : (float) random.nextGaussian();
    }
    return Matrix.of(DataType.DOUBLE, out, IN, elements);
  }

  private static AdapterProbe probe(int out) {
    return new AdapterProbe(AdapterConfig.of("spp").withRank(4), pruned(out), IN, out, 3).moved();
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 16, 32, 37})
  void computesAndDifferentiatesWhateverTheNumberOfOutputs(int out) {
    try (AdapterProbe probe = probe(out)) {
      PlainMethods.Layer layer =
          new PlainMethods.Layer(
              probe.config,
              Plain.of(Matrices.weight(probe.linear)),
              Plain.of(probe.linear.bias()),
              Plain.of(probe.x),
              name -> Plain.of(probe.of(probe.theta, name)),
              name -> null);
      double[] expected = Plain.flat(PlainMethods.BY_NAME.get("spp").apply(layer));
      assertThat(Matrices.distance(probe.evaluate().toDoubles(), expected)).isLessThan(1e-12);
      probe.assertGradients();
    }
  }

  @Test
  void zerosOfTheWeightStayZeroAndNothingElseDoes() {
    try (AdapterProbe probe = probe(37)) {
      probe.evaluate();
      FrozenLinear merged = Merging.merge(probe.pass, probe.adapter);
      double[] before = Matrices.weight(probe.linear).toDoubles();
      double[] after = Matrices.weight(merged).toDoubles();
      for (int i = 0; i < before.length; i++) {
        if (before[i] == 0) {
          assertThat(after[i]).isZero();
        } else {
          assertThat(after[i]).isNotZero().isNotEqualTo(before[i]);
        }
      }
    }
  }

  @Test
  void dropoutIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterProbe(AdapterProbe.config("spp", null, 0.1, null), 6, 8, 3))
        .withMessageContaining("method spp has no dropout, got dropout 0.1");
  }
}
