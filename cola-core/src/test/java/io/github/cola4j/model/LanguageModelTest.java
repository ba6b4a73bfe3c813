package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** A tiny decoder with adapters: gradients, labels at few tokens, memory. */
class LanguageModelTest {
  private static final int VOCABULARY = 300;

  private final Random random = new Random(11);

  /** A model at a θ where every factor counts. */
  private LanguageModel model(String name, DataType type, AdapterConfig config, boolean recompute) {
    LlamaDecoder decoder = DecoderGoldenTest.decoder(name, type);
    AdaptedModules modules = new AdaptedModules(decoder.linears(), config);
    float[] initial = modules.initial(3);
    float[] theta = initial.clone();
    Random noise = new Random(5);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.05 * noise.nextGaussian());
    }
    LanguageModel model = new LanguageModel(decoder, modules, initial, recompute);
    model.theta().set(theta);
    return model;
  }

  private static AdapterConfig adapter(String pairing, double dropout, List<String> targets) {
    return AdapterConfig.defaults()
        .withA(2)
        .withB(3)
        .withRank(2)
        .withPairing(pairing)
        .withInit("split-pissa")
        .withDropout(dropout)
        .withTargets(targets);
  }

  /** The next token where {@code counts}, nothing elsewhere. */
  private int[] labels(TokenBatch batch, int... counts) {
    int[] labels = new int[batch.tokens()];
    Arrays.fill(labels, Sample.IGNORED);
    for (int t : counts) {
      labels[t] = random.nextInt(VOCABULARY);
    }
    return labels;
  }

  static Stream<Arguments> everyWay() {
    return Pairings.all().stream()
        .flatMap(
            pairing ->
                Stream.of(0.0, 0.2)
                    .flatMap(
                        dropout ->
                            Stream.of(false, true)
                                .map(again -> Arguments.of(pairing.name(), dropout, again))));
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void gradientsOfTheWholeDecoder(String pairing, double dropout, boolean recompute) {
    LanguageModel model =
        model("llama", DataType.DOUBLE, adapter(pairing, dropout, null), recompute);
    TokenBatch batch = Matrices.batch(VOCABULARY, random, 4, 1, 5);
    int[] labels = labels(batch, 2, 3, 4, 8);
    new GradientCheck(model, batch, labels, 0.2, random).run(4, 6);
  }

  @Test
  void gradientsWithSomeLayersAndAWindow() {
    List<String> targets = List.of("regex:.*[12]\\..*(q|v|up|down)_proj");
    LanguageModel model =
        model("mistral", DataType.DOUBLE, adapter("heuristic", 0, targets), false);
    TokenBatch batch = Matrices.batch(VOCABULARY, random, 20, 3);
    int[] labels = labels(batch, 4, 17, 18, 21);
    new GradientCheck(model, batch, labels, 1, random).run(4, 6);
  }

  @ParameterizedTest
  @CsvSource({"0, FLOAT", "0.3, FLOAT", "0, DOUBLE", "0.3, DOUBLE"})
  void recomputedBlocksDrawTheSameMasksAndGiveTheSameGradients(double dropout, DataType type) {
    TokenBatch batch = Matrices.batch(VOCABULARY, random, 9, 4);
    int[] labels = labels(batch, 3, 7, 8, 11);
    AdapterConfig config = adapter("random", dropout, null);
    LanguageModel kept = model("qwen2", type, config, false);
    LanguageModel again = model("qwen2", type, config, true);
    double loss = step(kept, type, batch, labels);
    assertThat(step(again, type, batch, labels)).isEqualTo(loss);
    assertThat(again.gradient().toDoubles()).containsExactly(kept.gradient().toDoubles());
  }

  private static double step(LanguageModel model, DataType type, TokenBatch batch, int[] labels) {
    try (Pass pass = new Pass(type)) {
      pass.startTraining(13);
      model.refresh(pass, 17, true);
      return model.loss(pass, batch, labels, 0.25);
    }
  }

  static Stream<Arguments> models() {
    return Stream.of("llama", "qwen2", "mistral")
        .flatMap(
            name ->
                Stream.of(
                    Arguments.of(name, DataType.DOUBLE, 1e-12),
                    Arguments.of(name, DataType.FLOAT, 1e-5)));
  }

  /** The other labels' dHidden is zero in the full computation. */
  @ParameterizedTest
  @MethodSource("models")
  void fewLabelsAreAsTheFullComputation(String name, DataType type, double tolerance) {
    TokenBatch batch = Matrices.batch(VOCABULARY, random, 70, 1, 12);
    int[] counting = {0, 31, 32, 69, 70, 77};
    int[] labels = labels(batch, counting);
    LanguageModel few = model(name, type, adapter("full", 0, null), false);
    double loss = step(few, type, batch, labels);

    LanguageModel full = model(name, type, adapter("full", 0, null), false);
    LlamaDecoder decoder = DecoderGoldenTest.decoder(name, type);
    int[] all = IntStream.range(0, batch.tokens()).toArray();
    double sum = 0;
    try (Pass pass = new Pass(type)) {
      pass.startTraining(13);
      full.refresh(pass, 17, true);
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), batch.tokens());
      Matrix dHidden = pass.matrix(hidden.rows(), hidden.columns());
      Transformer.Saved saved = decoder.forward(pass, full.adapters(), batch, all, false, hidden);
      pass.kernels().fill(0, dHidden);
      for (int t : counting) {
        sum +=
            decoder
                .head()
                .loss(
                    pass,
                    hidden.columns(t, t + 1),
                    new int[] {labels[t]},
                    0.25,
                    null,
                    null,
                    dHidden.columns(t, t + 1))
                .getAsDouble();
      }
      saved.backward(pass, full.adapters(), dHidden);
    }
    assertThat(loss).isCloseTo(sum, Offset.offset(tolerance * sum));
    double[] expected = full.gradient().toDoubles();
    assertThat(Matrices.distance(few.gradient().toDoubles(), expected)).isLessThan(tolerance);
    assertThat(Arrays.stream(expected).filter(slope -> slope != 0).count())
        .isGreaterThan(expected.length / 2);
  }

  @ParameterizedTest
  @CsvSource({"false, 0", "true, 0", "false, 0.1"})
  void fromTheThirdStepOnMemoryStays(boolean recompute, double dropout) {
    LanguageModel model =
        model("llama", DataType.FLOAT, adapter("random", dropout, null), recompute);
    TokenBatch longest = Matrices.batch(VOCABULARY, random, 90, 60);
    TokenBatch shorter = Matrices.batch(VOCABULARY, random, 5, 7, 40);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      long arena = 0;
      long pointers = 0;
      for (int step = 0; step < 40; step++) {
        TokenBatch batch = step % 2 == 0 ? longest : shorter;
        pass.startTraining(step);
        model.refresh(pass, step, true);
        model.loss(pass, batch, labels(batch, 3, 4, 6, 50), 1);
        if (step == 2) {
          arena = pass.arena().bytes();
          pointers = Pointer.totalBytes();
        }
      }
      assertThat(arena).isPositive();
      assertThat(pass.arena().bytes()).isEqualTo(arena);
      assertThat(Pointer.totalBytes()).isLessThanOrEqualTo(pointers);
    }
  }
}
