package io.github.cola4j.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingTest {
  private static final int DRAWS = 20_000;
  private static final float[] LOGITS = {0.3f, 2f, -1f, 1.2f, 0f, 1.9f, -4f};

  private static Sampling sampling(double temperature, double topP, long seed) {
    return new Sampling(10, temperature, 0, topP, List.of(), seed);
  }

  /** exp(logit / T), scaled to add up to one. */
  private static double[] probabilities(double temperature) {
    double[] weights =
        IntStream.range(0, LOGITS.length)
            .mapToDouble(i -> Math.exp(LOGITS[i] / temperature))
            .toArray();
    double sum = DoubleStream.of(weights).sum();
    return DoubleStream.of(weights).map(w -> w / sum).toArray();
  }

  private static int[] counts(Sampling sampling, boolean byText) {
    int[] counts = new int[LOGITS.length];
    for (int i = 0; i < DRAWS; i++) {
      counts[byText ? sampling.choose(LOGITS, i, 3) : sampling.choose(LOGITS, 3, i)]++;
    }
    return counts;
  }

  private static void assertFrequencies(int[] counts, double[] expected) {
    for (int i = 0; i < counts.length; i++) {
      double sigma = Math.sqrt(DRAWS * expected[i] * (1 - expected[i]));
      assertThat((double) counts[i])
          .as("token " + i)
          .isCloseTo(DRAWS * expected[i], Offset.offset(3 * sigma));
    }
  }

  @ParameterizedTest
  @CsvSource({"0.5, true", "0.5, false", "1, true", "1, false", "3, true", "3, false"})
  void drawsByTheTemperature(double temperature, boolean byText) {
    assertFrequencies(counts(sampling(temperature, 1, 7), byText), probabilities(temperature));
  }

  /** Probabilities at T = 1, falling: tokens 1, 5, 3, 0, 4, 2, 6. */
  @ParameterizedTest
  @CsvSource({"0.3, 1", "0.5, 2", "0.8, 3", "0.9, 4"})
  void neverDrawsOutsideTheNucleus(double topP, int size) {
    List<Integer> nucleus = List.of(1, 5, 3, 0, 4, 2, 6).subList(0, size);
    double[] all = probabilities(1);
    double kept = nucleus.stream().mapToDouble(i -> all[i]).sum();
    assertThat(kept).isGreaterThanOrEqualTo(topP);
    assertThat(kept - all[nucleus.get(size - 1)]).as("a smaller nucleus").isLessThan(topP);
    double[] expected =
        IntStream.range(0, all.length)
            .mapToDouble(i -> nucleus.contains(i) ? all[i] / kept : 0)
            .toArray();
    assertFrequencies(counts(sampling(1, topP, 7), true), expected);
  }

  /** Top-k first, then the nucleus of what is left of it, scaled to add up to one. */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 1, 3", "7, 1, 7", "50, 1, 7", "3, 0.5, 2", "3, 0.85, 3", "2, 0.5, 1"})
  void neverDrawsOutsideTheTopK(int topK, double topP, int size) {
    List<Integer> kept = List.of(1, 5, 3, 0, 4, 2, 6).subList(0, size);
    double[] all = probabilities(1);
    double sum = kept.stream().mapToDouble(i -> all[i]).sum();
    double[] expected =
        IntStream.range(0, all.length)
            .mapToDouble(i -> kept.contains(i) ? all[i] / sum : 0)
            .toArray();
    Sampling sampling = new Sampling(10, 1.0, topK, topP, List.of(), 7L);
    assertFrequencies(counts(sampling, true), expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(sampling.distribution(LOGITS).probability(i))
          .isCloseTo(expected[i], Offset.offset(1e-12));
    }
  }

  @Test
  void ofEqualLogitsTheFirstStay() {
    Sampling sampling = new Sampling(10, 1.0, 3, 1.0, List.of(), 7L);
    TokenDistribution distribution = sampling.distribution(new float[] {1, 2, 1, 1, 2, 1});
    assertThat(distribution.order()).containsExactly(1, 4, 0);
    assertThat(distribution.probability(2)).isZero();
  }

  @Test
  void temperatureZeroTakesTheLikeliest() {
    assertThat(counts(sampling(0, 1, 7), true)[1]).isEqualTo(DRAWS);
    assertThat(counts(sampling(1e-3, 1, 7), true)[1]).isEqualTo(DRAWS);
  }

  @Test
  void seedTextAndStepDecide() {
    int[] first = IntStream.range(0, 50).map(i -> sampling(1, 1, 7).choose(LOGITS, i, 0)).toArray();
    int[] again = IntStream.range(0, 50).map(i -> sampling(1, 1, 7).choose(LOGITS, i, 0)).toArray();
    int[] seed = IntStream.range(0, 50).map(i -> sampling(1, 1, 8).choose(LOGITS, i, 0)).toArray();
    int[] step = IntStream.range(0, 50).map(i -> sampling(1, 1, 7).choose(LOGITS, 0, i)).toArray();
    long far = 1L << 40;
    int[] number =
        IntStream.range(0, 50).map(i -> sampling(1, 1, 7).choose(LOGITS, far + i, 0)).toArray();
    assertThat(again).isEqualTo(first);
    assertThat(seed).isNotEqualTo(first);
    assertThat(step).isNotEqualTo(first);
    assertThat(number).isNotEqualTo(first);
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampling(-1, 1, 7))
        .withMessage("temperature must be 0 or more, got -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampling(1, 0, 7))
        .withMessage("topP must be above 0 and at most 1, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sampling.defaults().withTopK(-1))
        .withMessage("topK must be 0 or more, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Sampling.defaults()
                    .withMaxNewTokens(0)
                    .withTemperature(1.0)
                    .withTopP(1.0)
                    .withSeed(7L))
        .withMessage("maxNewTokens must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sampling(1, 1.0, 0, 1.0, List.of("x", ""), 7L))
        .withMessageContaining("stop text is empty");
  }
}
