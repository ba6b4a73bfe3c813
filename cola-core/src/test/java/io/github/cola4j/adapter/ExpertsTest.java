package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.RealMatrix;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What HydraLoRA, LoRAMoE and MOELoRA have beside the contract of every method. */
class ExpertsTest {
  private static final Offset<Double> EXACT = Offset.offset(1e-10);

  private static AdapterProbe probe(String method, Integer b, double dropout, Double balance) {
    Map<String, Object> options = balance == null ? Map.of() : Map.of("balance", balance);
    return new AdapterProbe(AdapterProbe.config(method, b, dropout, options), 12, 8, 5).moved();
  }

  @ParameterizedTest
  @CsvSource({
    "hydralora, 5, 0",
    "hydralora, 1, 0.4",
    "hydralora, 3, 0.4",
    "loramoe, 1, 0",
    "loramoe, 2, 0",
    "loramoe, 3, 0.4",
    "moelora, 1, 0",
    "moelora, 2, 0.4"
  })
  void gradientsOfOtherNumbersOfExpertsAndWithDropout(String method, int b, double dropout) {
    try (AdapterProbe probe = probe(method, b, dropout, 0.7)) {
      probe.assertGradients();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"hydralora", "loramoe", "moelora"})
  void dropoutIsForTrainingAlone(String method) {
    try (AdapterProbe with = probe(method, null, 0.4, 0.0);
        AdapterProbe without = probe(method, null, 0, 0.0)) {
      double[] expected = without.evaluate().toDoubles();
      assertThat(with.evaluate().toDoubles()).containsExactly(expected, EXACT);
      assertThat(Matrices.distance(with.forward().toDoubles(), expected)).isGreaterThan(1e-3);
    }
  }

  /** A router that prefers no expert makes HydraLoRA a LoRA with the mean of its B. */
  @Test
  void equalWeightsAreTheMeanOfTheExperts() {
    try (AdapterProbe hydra = probe("hydralora", 3, 0, null);
        AdapterProbe lora = new AdapterProbe(AdapterConfig.lora(4), 12, 8, 5)) {
      hydra.pass.kernels().fill(0, hydra.of(hydra.theta, "router"));
      hydra.pass.kernels().copy(hydra.of(hydra.theta, "A"), lora.of(lora.theta, "A"));
      Matrix b = lora.of(lora.theta, "B");
      hydra.pass.kernels().fill(0, b);
      for (int e = 0; e < 3; e++) {
        hydra.pass.kernels().add(1.0 / 3, hydra.of(hydra.theta, "B").columns(4 * e, 4 * e + 4), b);
      }
      Matrix expected = lora.gaussian(8, 5);
      lora.adapter.refresh(lora.pass, 0, false);
      lora.pass.kernels().copy(Matrices.weight(hydra.linear), Matrices.weight(lora.linear));
      lora.pass.kernels().copy(hydra.linear.bias(), lora.linear.bias());
      lora.adapter.forward(lora.pass, hydra.x, expected);
      assertThat(Matrices.distance(hydra.evaluate(), expected)).isLessThan(1e-12);
    }
  }

  /** var/mean² of what the experts got of five tokens, by plain arithmetic. */
  @Test
  void theBalanceLossIsTheVariationOfTheExpertsLoads() {
    try (AdapterProbe probe = probe("loramoe", 3, 0, 0.7)) {
      probe.forward();
      RealMatrix logits =
          Plain.of(probe.of(probe.theta, "router")).transpose().multiply(Plain.of(probe.x));
      double[] loads = new double[3];
      for (int t = 0; t < 5; t++) {
        double[] weights = Arrays.stream(logits.getColumn(t)).map(Math::exp).toArray();
        double sum = Arrays.stream(weights).sum();
        for (int e = 0; e < 3; e++) {
          loads[e] += weights[e] / sum;
        }
      }
      double mean = Arrays.stream(loads).average().orElseThrow();
      double variance = Arrays.stream(loads).map(l -> (l - mean) * (l - mean)).sum() / 2;
      assertThat(probe.saved.penalty()).isCloseTo(0.7 * variance / (mean * mean), EXACT);
      assertThat(probe.saved.penalty()).isGreaterThan(0.01);
    }
  }

  @Test
  void theBalanceLossIsForTrainingAlone() {
    try (AdapterProbe with = probe("loramoe", 3, 0, 0.7);
        AdapterProbe without = probe("loramoe", 3, 0, 0.0)) {
      with.evaluate();
      without.evaluate();
      assertThat(with.saved.penalty()).isZero();
      with.backward();
      without.backward();
      assertThat(with.gradient.toDoubles()).containsExactly(without.gradient.toDoubles(), EXACT);
      without.forward();
      assertThat(without.saved.penalty()).isZero();
    }
  }

  @Test
  void aPassAddsItsShareOfTheBalanceLoss() {
    try (AdapterProbe with = probe("loramoe", 3, 0, 0.7);
        AdapterProbe without = probe("loramoe", 3, 0, 0.0)) {
      without.forward();
      without.backward();
      double[] whole = balance(with, without, 1);
      double[] quarter = balance(with, without, 0.25);
      assertThat(Arrays.stream(whole).map(Math::abs).max().orElseThrow()).isGreaterThan(1e-3);
      assertThat(quarter).containsExactly(Arrays.stream(whole).map(g -> g / 4).toArray(), EXACT);
    }
  }

  /** The gradient of the balance loss alone. */
  private static double[] balance(AdapterProbe with, AdapterProbe without, double share) {
    with.forward();
    with.pass.startTraining(23, share);
    with.saved = with.adapter.forward(with.pass, with.x, with.gaussian(8, 5));
    with.backward();
    double[] both = with.gradient.toDoubles();
    double[] task = without.gradient.toDoubles();
    return IntStream.range(0, both.length).mapToDouble(i -> both[i] - task[i]).toArray();
  }

  @Test
  void aTasksGateIsItsOwnAndMergesWithTheExperts() {
    try (AdapterProbe probe = probe("moelora", 2, 0, null)) {
      assertThat(probe.modules.layout().entry("layer/gate").kind()).isEqualTo(Kind.TASK_GATE);
      assertThat(probe.modules.layout().entry("layer/A").columns()).isEqualTo(4);
      Matrix expected = probe.evaluate();
      Matrix y = probe.gaussian(8, 5);
      Merging.merge(probe.pass, probe.adapter).forward(probe.pass, probe.x, y);
      assertThat(Matrices.distance(y, expected)).isLessThan(1e-12);
    }
  }

  @Test
  void unfitConfigurationsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> probe("moelora", 3, 0, null))
        .withMessageContaining("a multiple of a = b = 3 for layer, got rank 4");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AdapterConfigBuilder.builder().method("hydralora").a(2).b(3).rank(4).build())
        .withMessageContaining("needs a = 1");
    AdapterConfig pissa = AdapterConfig.of("loramoe").withRank(4).withInit("pissa");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterProbe(pissa, 12, 8, 5))
        .withMessageContaining("got init pissa");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterProbe(AdapterConfig.of("hydralora").withRank(9), 12, 8, 5))
        .withMessageContaining("rank 9")
        .withMessageContaining("min(in, out) = 8");
  }

  @Test
  void aTokenGateCannotBeMergedAndSaysWhy() {
    try (AdapterProbe probe = probe("hydralora", null, 0, null)) {
      probe.evaluate();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Merging.merge(probe.pass, probe.adapter))
          .withMessageContaining("layer")
          .withMessageContaining("for every token");
    }
  }
}
