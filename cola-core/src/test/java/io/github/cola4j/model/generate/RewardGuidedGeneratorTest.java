package io.github.cola4j.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.DecoderGoldenTest;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.generate.RewardGuidedGenerator.Rule;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Steps by the draft that score enough, all others by the target. */
class RewardGuidedGeneratorTest {
  private static final int VOCABULARY = 23;
  private static final int NEW = 30;
  private static final int[] PROMPT = {3, 17, 5};

  /** A step ends with one of a third of the tokens. */
  private static boolean isLast(int token) {
    return token % 3 == 0;
  }

  private static List<Integer> write(Generator generator, Sampling sampling, Generator.Text text) {
    List<Integer> tokens = new ArrayList<>();
    try (Pass pass = new Pass(DataType.FLOAT)) {
      generator.generate(pass, List.of(text), sampling, (place, token) -> tokens.add(token));
    }
    return tokens;
  }

  private static Generator.Text text(int[] prompt, Integer... stopIds) {
    return new Generator.Text(prompt, Adapters.NONE, Set.of(stopIds), 7);
  }

  private static Generator guided(
      LlamaDecoder target, LlamaDecoder draft, Reward reward, double threshold) {
    return new RewardGuidedGenerator(
        target,
        new Draft(draft, Adapters.NONE, 1),
        new Rule(() -> RewardGuidedGeneratorTest::isLast, reward, threshold));
  }

  /** A number of 0 to 1 that depends on every token. */
  private static double reward(int[] tokens) {
    return Math.floorMod(Arrays.hashCode(tokens), 1000) / 1000.0;
  }

  /** The same by generators that know no steps, each from the text so far and without a cache. */
  private static List<Integer> byHand(LlamaDecoder target, LlamaDecoder draft, double threshold) {
    int[] text = PROMPT;
    int limit = PROMPT.length + NEW;
    while (text.length < limit) {
      int[] drafted = step(draft, text, limit);
      text = reward(drafted) >= threshold ? drafted : step(target, text, limit);
    }
    return Arrays.stream(text).skip(PROMPT.length).boxed().toList();
  }

  private static int[] step(LlamaDecoder decoder, int[] text, int limit) {
    List<Integer> tokens =
        write(new TextGenerator(decoder), Sampling.greedy(limit - text.length), text(text));
    int end =
        IntStream.range(0, tokens.size())
            .filter(i -> isLast(tokens.get(i)))
            .findFirst()
            .orElse(tokens.size() - 1);
    return IntStream.concat(
            Arrays.stream(text), tokens.subList(0, end + 1).stream().mapToInt(i -> i))
        .toArray();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 0.5, 0.8, 1})
  void greedyStepsAreThoseOfTheModelThatTheRewardChooses(double threshold) {
    for (int seed = 0; seed < 8; seed++) {
      TinyDecoders.Form form = new TinyDecoders.Form(VOCABULARY, 2, 2, seed % 2 * 4, seed, 0);
      LlamaDecoder target = form.decoder();
      LlamaDecoder draft = form.near(0.5).decoder();
      Generator generator = guided(target, draft, (pass, tokens) -> reward(tokens), threshold);
      assertThat(write(generator, Sampling.greedy(NEW), text(PROMPT)))
          .isEqualTo(byHand(target, draft, threshold));
    }
  }

  /** LongRoPE: what is forgotten may cross the length from which all tokens rotate otherwise. */
  @Test
  void stepsAcrossAChangeOfRotation() {
    LlamaDecoder longRope = DecoderGoldenTest.decoder("phi3-longrope", DataType.FLOAT);
    LlamaDecoder llama = DecoderGoldenTest.decoder("llama", DataType.FLOAT);
    for (double threshold : new double[] {0.3, 0.5, 0.8}) {
      Generator one = guided(longRope, llama, (pass, ids) -> reward(ids), threshold);
      Generator two = guided(llama, longRope, (pass, ids) -> reward(ids), threshold);
      assertThat(write(one, Sampling.greedy(NEW), text(PROMPT)))
          .isEqualTo(byHand(longRope, llama, threshold));
      assertThat(write(two, Sampling.greedy(NEW), text(PROMPT)))
          .isEqualTo(byHand(llama, longRope, threshold));
    }
  }

  /** A rejected step is drawn independently: a target that is the draft writes another one. */
  @ParameterizedTest
  @CsvSource({"0, true", "1, false"})
  void drawnStepsOfTheTargetAreOthers(double threshold, boolean isSame) {
    LlamaDecoder model = new TinyDecoders.Form(VOCABULARY, 2, 2, 0, 3, 0).decoder();
    Sampling drawn = Sampling.defaults().withMaxNewTokens(NEW).withTemperature(1.0);
    List<Integer> alone = write(new TextGenerator(model), drawn, text(PROMPT));
    List<Integer> guided =
        write(guided(model, model, (pass, ids) -> 0.5, threshold), drawn, text(PROMPT));
    assertThat(guided.equals(alone)).isEqualTo(isSame);
    assertThat(guided).hasSize(NEW);
  }

  @Test
  void aTextEndsAtAStopTokenInsideAStep() {
    LlamaDecoder model = new TinyDecoders.Form(VOCABULARY, 2, 2, 0, 3, 0).decoder();
    Sampling drawn = Sampling.defaults().withMaxNewTokens(NEW).withTemperature(1.0);
    for (int stop = 0; stop < VOCABULARY; stop++) {
      assertThat(write(guided(model, model, (pass, ids) -> 1, 1), drawn, text(PROMPT, stop)))
          .isEqualTo(write(new TextGenerator(model), drawn, text(PROMPT, stop)));
    }
  }

  /** Empty lines end steps, and a classifier on the draft model reads the tokens as they are. */
  @Test
  void aClassifierScoresParagraphs() {
    BaseModel base = BaseModel.load(Goldens.path("decoder/llama/model"));
    try (Pass pass = base.newPass()) {
      pass.startEvaluation();
      Encoder encoder = base.encoder();
      AdaptedModules modules = new AdaptedModules(base.linears(), AdapterConfig.defaults());
      float[] initial = modules.initial(3);
      TextClassifier classifier = new TextClassifier(encoder, modules, initial, 2);
      float[] theta = TextClassifier.initialParameters(initial, encoder, 2, 5);
      classifier.theta().set(theta);
      classifier.refresh(pass, 0, false);
      Reward reward = Reward.of(classifier, 1);
      int[] ids = base.textTokenizer().ids("the court", false);
      double right = reward.of(pass, ids);
      assertThat(right).isBetween(0.0, 1.0);
      assertThat(right + Reward.of(classifier, 0).of(pass, ids)).isBetween(0.9999, 1.0001);

      IntPredicate step = Rule.ofParagraphs(base.textTokenizer(), reward, 0.5).steps().get();
      int[] lines = base.textTokenizer().ids("one\nline\n\nx", false);
      String before = "";
      for (int id : lines) {
        boolean ends = step.test(id);
        before += base.textTokenizer().decode(new int[] {id}, false);
        assertThat(ends).isEqualTo(before.contains("\n\n"));
      }
      assertThat(before).endsWith("x");
    }
  }

  @Test
  void refusesWhatCannotBeMeant() {
    LlamaDecoder llama = DecoderGoldenTest.decoder("llama", DataType.FLOAT);
    LlamaDecoder shorter = DecoderGoldenTest.decoder("mistral", DataType.FLOAT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> guided(llama, llama, (pass, ids) -> 1, 1.5))
        .withMessage("the reward threshold must be of 0 to 1, got 1.5");
    Generator generator = guided(llama, shorter, (pass, ids) -> 1, 0.5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write(generator, Sampling.greedy(200), text(PROMPT)))
        .withMessageContaining("a text of up to 203 tokens is longer than the draft model's 128");
  }
}
