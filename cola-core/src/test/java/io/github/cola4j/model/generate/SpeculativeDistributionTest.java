package io.github.cola4j.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Drawn text has the target's distribution, whatever the draft (Theorem 1 of arXiv 2302.01318). */
class SpeculativeDistributionTest {
  private static final int VOCABULARY = 6;
  private static final int LENGTH = 3;
  private static final int SEQUENCES = VOCABULARY * VOCABULARY * VOCABULARY;
  private static final int DRAWN = 24_000;
  private static final int AT_ONCE = 1000;
  private static final int[] PROMPT = {2, 5, 1};

  @ParameterizedTest
  @CsvSource({
    "1, 0, 1, 1",
    "1, 0, 1, 2",
    "1, 0, 1, 3",
    "0.7, 0, 1, 2",
    "1.5, 4, 1, 2",
    "1, 0, 0.85, 2",
    "1.2, 5, 0.9, 3"
  })
  void frequenciesOfSequences(double temperature, int topK, double topP, int tokens) {
    Sampling sampling =
        Sampling.defaults()
            .withMaxNewTokens(LENGTH)
            .withTemperature(temperature)
            .withTopK(topK)
            .withTopP(topP);
    TinyDecoders.Form form = new TinyDecoders.Form(VOCABULARY, 2, 2, 0, 8, 0);
    LlamaDecoder target = form.decoder();
    LlamaDecoder draft = form.near(0.25).decoder();
    double[] expected = expected(target, sampling);
    assertThat(Arrays.stream(expected).sum()).isBetween(1 - 1e-6, 1 + 1e-6);

    int[] counts = new int[SEQUENCES];
    Speculation speculation =
        draw(
            new SpeculativeGenerator(target, new Draft(draft, Adapters.NONE, tokens)),
            sampling,
            counts);

    assertThat(speculation.acceptanceRate()).as("some are rejected").isBetween(0.25, 0.95);
    assertExpected(counts, expected);
    // the draft's own text would not pass
    int[] drafts = new int[SEQUENCES];
    draw(new TextGenerator(draft), sampling, drafts);
    assertThat(chiSquared(drafts, expected)).isGreaterThan(2 * limit(expected));
  }

  private static Speculation draw(Generator generator, Sampling sampling, int[] counts) {
    Speculation all = Speculation.NONE;
    try (Pass pass = new Pass(DataType.FLOAT)) {
      for (int from = 0; from < DRAWN; from += AT_ONCE) {
        List<Generator.Text> texts =
            IntStream.range(from, from + AT_ONCE)
                .mapToObj(i -> new Generator.Text(PROMPT, Adapters.NONE, Set.of(), i))
                .toList();
        int[] codes = new int[AT_ONCE];
        List<Generator.Written> written =
            generator.generate(
                pass,
                texts,
                sampling,
                (text, token) -> {
                  codes[text] = codes[text] * VOCABULARY + token;
                  return true;
                });
        for (int code : codes) {
          counts[code]++;
        }
        for (Generator.Written one : written) {
          all = all.plus(one.speculation());
        }
      }
    }
    return all;
  }

  /** p(x1) p(x2 | x1) p(x3 | x1 x2), each from a pass without a cache. */
  private static double[] expected(LlamaDecoder decoder, Sampling sampling) {
    double[] expected = new double[SEQUENCES];
    try (Pass pass = new Pass(DataType.FLOAT)) {
      for (int x = 0; x < VOCABULARY * VOCABULARY; x++) {
        int[] text = Arrays.copyOf(PROMPT, PROMPT.length + 2);
        text[PROMPT.length] = x / VOCABULARY;
        text[PROMPT.length + 1] = x % VOCABULARY;
        TokenBatch batch = new TokenBatch(text, new int[text.length], new int[] {0, text.length});
        int[] chosen = {PROMPT.length - 1, PROMPT.length, PROMPT.length + 1};
        pass.startEvaluation();
        Matrix hidden = pass.matrix(decoder.config().hiddenSize(), chosen.length);
        decoder.encode(pass, Adapters.NONE, batch, chosen, hidden);
        Matrix logits = decoder.head().logits(pass, hidden);
        double before =
            sampling.distribution(logits.columns(0, 1).toArray()).probability(x / VOCABULARY)
                * sampling.distribution(logits.columns(1, 2).toArray()).probability(x % VOCABULARY);
        TokenDistribution last = sampling.distribution(logits.columns(2, 3).toArray());
        for (int i = 0; i < VOCABULARY; i++) {
          expected[x * VOCABULARY + i] = before * last.probability(i);
        }
      }
    }
    return expected;
  }

  private static void assertExpected(int[] counts, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      if (expected[i] == 0) {
        assertThat(counts[i]).as("sequence " + i + " is impossible").isZero();
      }
    }
    assertThat(chiSquared(counts, expected)).isLessThan(limit(expected));
  }

  /** Pearson's statistic; sequences expected fewer than five times count together. */
  private static double chiSquared(int[] counts, double[] expected) {
    double sum = 0;
    double rareExpected = 0;
    double rare = 0;
    for (int i = 0; i < expected.length; i++) {
      double mean = DRAWN * expected[i];
      if (mean < 5) {
        rareExpected += mean;
        rare += counts[i];
      } else {
        sum += (counts[i] - mean) * (counts[i] - mean) / mean;
      }
    }
    double difference = rare - rareExpected;
    return rareExpected == 0 ? sum : sum + difference * difference / rareExpected;
  }

  /** The statistic's quantile at 1 − 10⁻⁴ (Wilson and Hilferty's approximation). */
  private static double limit(double[] expected) {
    long common = Arrays.stream(expected).filter(p -> DRAWN * p >= 5).count();
    boolean hasRare = Arrays.stream(expected).anyMatch(p -> p > 0 && DRAWN * p < 5);
    double df = common - (hasRare ? 0 : 1);
    double z = 3.719;
    return df * Math.pow(1 - 2 / (9 * df) + z * Math.sqrt(2 / (9 * df)), 3);
  }
}
