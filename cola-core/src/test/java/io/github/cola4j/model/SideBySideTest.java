package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Sequences of one task or several in one batch, none of which sees another. */
class SideBySideTest {
  private static final JsonNode SEQUENCES =
      Goldens.json("decoder/llama", "expected.json").get("sequences");

  private static TokenBatch batch(int[]... sequences) {
    List<Sample> samples = new ArrayList<>();
    for (int[] ids : sequences) {
      samples.add(new Sample(ids, new int[ids.length], Sample.IGNORED));
    }
    return Batcher.tokens(samples, IntStream.range(0, samples.size()).toArray());
  }

  private static int[] sequence(int s) {
    return Goldens.ints(SEQUENCES.get(s));
  }

  /** A task whose factors have moved from their start. */
  private static LanguageModel task(LlamaDecoder decoder, AdapterConfig config, long seed) {
    AdaptedModules modules = new AdaptedModules(decoder.linears(), config);
    float[] initial = modules.initial(1);
    float[] theta = initial.clone();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.1 * random.nextGaussian());
    }
    LanguageModel model = new LanguageModel(decoder, modules, initial, false);
    model.theta().set(theta);
    return model;
  }

  private static AdapterConfig config(int a, int b, int rank, List<String> targets) {
    return AdapterConfig.defaults()
        .withA(a)
        .withB(b)
        .withRank(rank)
        .withPairing("heuristic")
        .withInit("pissa")
        .withDropout(0.0)
        .withTargets(targets);
  }

  private static AdapterConfig method(String name, List<String> targets) {
    return AdapterConfig.of(name).withRank(4).withTargets(targets);
  }

  /** Three tasks; layers that the second does not adapt have none of its. SPP adds nothing. */
  static Stream<Arguments> mixtures() {
    List<String> some = List.of("q_proj", "down_proj");
    List<List<AdapterConfig>> mixtures =
        List.of(
            List.of(config(2, 3, 2, null), config(1, 1, 3, some), config(2, 3, 2, null)),
            List.of(method("lora", null), method("hydralora", some), method("moelora", null)),
            List.of(method("tt-lora", null), method("spp", some), method("loramoe", null)));
    return mixtures.stream()
        .flatMap(mixture -> Stream.of(Arguments.of(mixture, false), Arguments.of(mixture, true)));
  }

  @ParameterizedTest
  @MethodSource("mixtures")
  void mixedTasksForwardAndBackwardAreThoseOfEachAlone(
      List<AdapterConfig> mixture, boolean recompute) {
    LlamaDecoder decoder = DecoderGoldenTest.decoder("llama", DataType.DOUBLE);
    List<LanguageModel> tasks =
        IntStream.range(0, 3).mapToObj(t -> task(decoder, mixture.get(t), t + 1)).toList();
    int[][][] sequences = {{sequence(1), sequence(2)}, {sequence(3)}, {sequence(2)}};
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      double[][] alone = new double[3][];
      double sum = 0;
      for (int t = 0; t < 3; t++) {
        pass.startTraining(0);
        tasks.get(t).refresh(pass, 0, true);
        TokenBatch batch = batch(sequences[t]);
        sum += tasks.get(t).loss(pass, batch, labels(batch), 0.5);
        alone[t] = tasks.get(t).gradient().toDoubles();
        tasks.get(t).gradient().set(new float[alone[t].length]);
      }
      TokenBatch batch = batch(sequence(1), sequence(2), sequence(3), sequence(2));
      int[] labels = labels(batch);
      int[] starts = {0, batch.starts()[2], batch.starts()[3], batch.tokens()};
      int[] chosen = IntStream.range(0, labels.length).filter(i -> labels[i] >= 0).toArray();
      int[] chosenStarts =
          IntStream.of(starts)
              .map(from -> (int) IntStream.of(chosen).filter(c -> c < from).count())
              .toArray();
      Adapters mixed =
          Adapters.mixed(
              tasks.stream().map(LanguageModel::adapters).toList(), starts, chosenStarts);
      pass.startTraining(0);
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), chosen.length);
      Matrix dHidden = pass.matrix(decoder.config().hiddenSize(), chosen.length);
      Transformer.Saved saved = decoder.forward(pass, mixed, batch, chosen, recompute, hidden);
      int[] right = IntStream.of(chosen).map(c -> labels[c]).toArray();
      double loss =
          decoder.head().loss(pass, hidden, right, 0.5, null, null, dHidden).getAsDouble();
      saved.backward(pass, mixed, dHidden);

      assertThat(loss).isCloseTo(sum, Offset.offset(1e-9));
      for (int t = 0; t < 3; t++) {
        assertThat(Matrices.distance(tasks.get(t).gradient().toDoubles(), alone[t]))
            .as("gradient of task " + t)
            .isLessThan(1e-10);
      }
      assertThat(alone[0]).isNotEqualTo(alone[2]);
    }
  }

  /** Every third token is not supervised. */
  private static int[] labels(TokenBatch batch) {
    int[] labels = batch.ids().clone();
    int[] positions = batch.positions();
    for (int t = 0; t < labels.length; t++) {
      labels[t] = positions[t] % 3 == 1 ? Sample.IGNORED : labels[t];
    }
    return labels;
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2", "mistral"})
  void anothersTokensLeaveLogitsAsTheyAreToTheBit(String name) {
    LlamaDecoder decoder = DecoderGoldenTest.decoder(name, DataType.FLOAT);
    int[] other = sequence(2).clone();
    for (int i = 0; i < other.length; i++) {
      other[i] = (other[i] + 57) % 250;
    }
    TokenBatch before = batch(sequence(1), sequence(2), sequence(3));
    TokenBatch after = batch(sequence(1), other, sequence(3));
    float[] logits = logits(decoder, before);
    float[] changed = logits(decoder, after);
    int vocabulary = decoder.config().vocabSize();
    int from = vocabulary * before.starts()[1];
    int to = vocabulary * before.starts()[2];
    for (int i = 0; i < logits.length; i++) {
      if (i < from || i >= to) {
        assertThat(changed[i]).isEqualTo(logits[i]);
      }
    }
    assertThat(Arrays.copyOfRange(changed, from, to))
        .isNotEqualTo(Arrays.copyOfRange(logits, from, to));
  }

  private static float[] logits(LlamaDecoder decoder, TokenBatch batch) {
    try (Pass pass = new Pass(DataType.FLOAT)) {
      pass.startEvaluation();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), batch.tokens());
      int[] all = IntStream.range(0, batch.tokens()).toArray();
      decoder.encode(pass, Adapters.NONE, batch, all, hidden);
      return decoder.head().logits(pass, hidden).toArray();
    }
  }

  /** A task's gradient does not see another's sequences. */
  @Test
  void mixedGradientsComeFromTheTasksOwnSequences() {
    LlamaDecoder decoder = DecoderGoldenTest.decoder("llama", DataType.FLOAT);
    float[] first = gradientBeside(decoder, sequence(2));
    int[] other = sequence(2).clone();
    other[3] = 5;
    assertThat(gradientBeside(decoder, other)).isEqualTo(first);
    assertThat(IntStream.range(0, first.length).filter(i -> first[i] != 0).count()).isPositive();
  }

  private static float[] gradientBeside(LlamaDecoder decoder, int[] other) {
    LanguageModel mine = task(decoder, config(2, 3, 2, null), 1);
    LanguageModel theirs = task(decoder, config(2, 3, 2, null), 2);
    TokenBatch batch = batch(sequence(3), other);
    int[] all = IntStream.range(0, batch.tokens()).toArray();
    int[] starts = {0, batch.starts()[1], batch.tokens()};
    Adapters mixed = Adapters.mixed(List.of(mine.adapters(), theirs.adapters()), starts, starts);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      pass.startTraining(0);
      mixed.refresh(pass, 0, true);
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), all.length);
      Matrix dHidden = pass.matrix(decoder.config().hiddenSize(), all.length);
      Transformer.Saved saved = decoder.forward(pass, mixed, batch, all, false, hidden);
      decoder.head().loss(pass, hidden, batch.ids(), 1, null, null, dHidden);
      saved.backward(pass, mixed, dHidden);
      return mine.gradient().toArray();
    }
  }
}
