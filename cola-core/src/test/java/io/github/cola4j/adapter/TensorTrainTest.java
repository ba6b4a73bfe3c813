package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.tensortrain.TensorTrainShape;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Shapes of tensor trains, and TT-LoRA with others than the contract's. */
class TensorTrainTest {

  private static AdapterProbe probe(List<Integer> shape, double dropout) {
    Map<String, Object> options = shape == null ? Map.of() : Map.of("shape", shape);
    return new AdapterProbe(AdapterProbe.config("tt-lora", null, dropout, options), 12, 8, 5);
  }

  static Stream<List<Integer>> shapes() {
    return Stream.of(
        List.of(12, 8), List.of(2, 3, 2, 2, 2, 2), List.of(6, 2, 4, 2), List.of(12, 1, 8));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void everyElementIsTheProductOfItsSlices(List<Integer> shape) {
    try (AdapterProbe probe = probe(shape, 0).moved()) {
      double[] expected =
          Plain.flat(
              PlainMethods.BY_NAME
                  .get("tt-lora")
                  .apply(
                      new PlainMethods.Layer(
                          probe.config,
                          Plain.of(Matrices.weight(probe.linear)),
                          Plain.of(probe.linear.bias()),
                          Plain.of(probe.x),
                          name -> Plain.of(probe.of(probe.theta, name)),
                          name -> null)));
      assertThat(Matrices.distance(probe.evaluate().toDoubles(), expected)).isLessThan(1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void gradientsReachEveryCore(List<Integer> shape) {
    try (AdapterProbe probe = probe(shape, 0.3).moved()) {
      probe.assertGradients();
    }
  }

  /** At the start only the last core is zero, and only it has a gradient. */
  @Test
  void theLastCoreAloneStartsAtZero() {
    try (AdapterProbe probe = probe(List.of(3, 4, 2, 4), 0)) {
      probe.forward();
      probe.backward();
      for (int k = 1; k <= 4; k++) {
        double value = probe.pass.kernels().sumOfSquares(probe.of(probe.theta, "core" + k));
        double slope = probe.pass.kernels().sumOfSquares(probe.of(probe.gradient, "core" + k));
        assertThat(value == 0).as("core " + k).isEqualTo(k == 4);
        assertThat(slope > 0).as("gradient of core " + k).isEqualTo(k == 4);
      }
    }
  }

  /** Aᵀ of the start has the variance of LoRA's, 1/(3 in), whatever the number of cores. */
  @Test
  void theStartHasTheVarianceOfLora() {
    Map<String, Object> options = Map.of("shape", List.of(4, 4, 6, 8, 8));
    AdapterConfig config = AdapterProbe.config("tt-lora", null, 0, options);
    double sum = 0;
    try (AdapterProbe probe = new AdapterProbe(config, 768, 8, 1)) {
      for (int seed = 0; seed < 20; seed++) {
        Matrix vector =
            Matrix.of(DataType.DOUBLE, probe.initial.length, 1, probe.modules.initial(seed));
        probe.pass.kernels().copy(vector, probe.theta);
        probe.evaluate();
        Matrix a = ((AdditiveAdapter) probe.adapter).delta().lowRank().a();
        sum += probe.pass.kernels().sumOfSquares(a) / a.length() / 20;
      }
    }
    assertThat(sum).isBetween(0.6 / (3 * 768), 1.6 / (3 * 768));
  }

  @ParameterizedTest
  @CsvSource({
    "384, '4,4,4,6'", "768, '3,4,4,4,4'", "1536, '4,4,4,4,6'", "2048, '4,4,4,4,8'", "12, '3,4'",
    "8, '8'", "1, '1'", "49, '7,7'", "211, '211'", "422, '2,211'"
  })
  void factorsAreChosen(int size, String factors) {
    assertThat(TensorTrainShape.chosen(size))
        .isEqualTo(Stream.of(factors.split(",")).map(Integer::valueOf).toList());
  }

  @Test
  void itHasFarFewerParametersThanLora() {
    AdapterConfig train = AdapterConfig.of("tt-lora").withRank(4);
    AdapterConfig lora = AdapterConfig.lora(4);
    try (AdapterProbe small = new AdapterProbe(train, 768, 384, 1);
        AdapterProbe large = new AdapterProbe(lora, 768, 384, 1)) {
      assertThat(small.initial.length * 8).isLessThan(large.initial.length);
    }
  }

  static Stream<List<Integer>> wrong() {
    return Stream.of(
        List.of(8, 12), List.of(12), List.of(12, 8, 2), List.of(5, 3, 8), List.of(3, 4, 7));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void shapesThatDoNotFitAreRefused(List<Integer> shape) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> probe(shape, 0))
        .withMessageContaining("factors of in = 12 and then of out = 8 of layer")
        .withMessageContaining(shape.toString());
  }
}
