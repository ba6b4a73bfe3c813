package io.github.cola4j.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.DecoderGoldenTest;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Text with a draft model is what the target writes without one; its distribution is another
 * test's.
 */
class SpeculativeGeneratorTest {
  private static final int VOCABULARY = 23;

  /** What came out: the tokens of each text, and how it was written. */
  private record Result(List<List<Integer>> texts, List<Generator.Written> written) {
    List<Boolean> ended() {
      return written.stream().map(Generator.Written::ended).toList();
    }

    Speculation speculation() {
      return written.stream()
          .map(Generator.Written::speculation)
          .reduce(Speculation.NONE, Speculation::plus);
    }
  }

  private static Result write(
      Generator generator, Sampling sampling, List<Generator.Text> texts, int most) {
    List<List<Integer>> tokens = new ArrayList<>();
    texts.forEach(text -> tokens.add(new ArrayList<>()));
    try (Pass pass = new Pass(DataType.FLOAT)) {
      List<Generator.Written> written =
          generator.generate(
              pass,
              texts,
              sampling,
              (text, token) -> {
                tokens.get(text).add(token);
                return tokens.get(text).size() < most;
              });
      return new Result(tokens, written);
    }
  }

  private static Result write(Generator generator, Sampling sampling, List<Generator.Text> texts) {
    return write(generator, sampling, texts, Integer.MAX_VALUE);
  }

  private static List<Generator.Text> texts(int vocabulary, long seed, Integer... stopIds) {
    Random random = new Random(seed);
    return IntStream.range(0, 4)
        .mapToObj(
            i ->
                new Generator.Text(
                    random.ints(1 + random.nextInt(9), 0, vocabulary).toArray(),
                    Adapters.NONE,
                    Set.of(stopIds),
                    i))
        .toList();
  }

  private static SpeculativeGenerator speculative(
      LlamaDecoder target, LlamaDecoder draft, int tokens) {
    return new SpeculativeGenerator(target, new Draft(draft, Adapters.NONE, tokens));
  }

  static Stream<Arguments> forms() {
    return IntStream.range(0, 12)
        .boxed()
        .flatMap(
            seed ->
                Stream.of(
                    Arguments.of(new TinyDecoders.Form(VOCABULARY, 2, 4, 0, seed, 0), seed),
                    Arguments.of(new TinyDecoders.Form(VOCABULARY, 2, 2, 0, seed, 0), seed),
                    Arguments.of(new TinyDecoders.Form(VOCABULARY, 2, 1, 4, seed, 0), seed)));
  }

  /** Groups of heads, windows, and one to seven proposals, some of which are accepted. */
  @ParameterizedTest
  @MethodSource("forms")
  void greedyTextIsTheTargets(TinyDecoders.Form form, int seed) {
    LlamaDecoder target = form.decoder();
    LlamaDecoder draft = form.near(0.1).decoder();
    Sampling greedy = Sampling.greedy(20);
    List<Generator.Text> texts = texts(VOCABULARY, seed);
    Result expected = write(new TextGenerator(target), greedy, texts);
    for (int tokens : new int[] {1, 2, 4, 7}) {
      Result result = write(speculative(target, draft, tokens), greedy, texts);
      assertThat(result.texts()).isEqualTo(expected.texts());
      assertThat(result.ended()).isEqualTo(expected.ended());
      Speculation speculation = result.speculation();
      assertThat(speculation.tokens()).isEqualTo(80);
      assertThat(speculation.accepted()).isPositive().isLessThanOrEqualTo(speculation.proposed());
      assertThat(speculation.passes() + speculation.accepted()).isEqualTo(80);
    }
  }

  /** Other rotations above 16 tokens (LongRoPE): no proposal crosses the border. */
  @ParameterizedTest
  @CsvSource({
    "phi3-longrope, phi3-longrope",
    "phi3-longrope, llama",
    "llama, phi3-longrope",
    "gemma3_text, mistral",
    "qwen3, qwen2",
  })
  void greedyTextOfEveryKindOfDecoder(String target, String draft) {
    LlamaDecoder decoder = DecoderGoldenTest.decoder(target, DataType.FLOAT);
    LlamaDecoder proposing = DecoderGoldenTest.decoder(draft, DataType.FLOAT);
    List<Generator.Text> texts = texts(300, 5);
    Result expected = write(new TextGenerator(decoder), Sampling.greedy(24), texts);
    Result result = write(speculative(decoder, proposing, 3), Sampling.greedy(24), texts);
    assertThat(result.texts()).isEqualTo(expected.texts());
    if (target.equals(draft)) {
      assertThat(result.speculation().acceptanceRate()).isEqualTo(1);
    }
  }

  /** Texts of two tasks side by side, each with several columns that are asked for. */
  @Test
  void targetAndDraftHaveAdapters() {
    LlamaDecoder decoder = DecoderGoldenTest.decoder("llama", DataType.FLOAT);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      Adapters one = adapters(pass, decoder, 1);
      Adapters two = adapters(pass, decoder, 2);
      List<Generator.Text> texts =
          texts(300, 9).stream()
              .map(t -> new Generator.Text(t.prompt(), t.number() < 2 ? one : two, Set.of(), 0))
              .toList();
      Result expected = write(new TextGenerator(decoder), Sampling.greedy(20), texts);
      Draft draft = new Draft(decoder, one, 3);
      Result result = write(new SpeculativeGenerator(decoder, draft), Sampling.greedy(20), texts);
      assertThat(result.texts()).isEqualTo(expected.texts());
      assertThat(result.written().subList(0, 2))
          .allMatch(written -> written.speculation().acceptanceRate() == 1);
      assertThat(result.written().subList(2, 4))
          .allMatch(written -> written.speculation().acceptanceRate() < 1);
    }
  }

  private static Adapters adapters(Pass pass, LlamaDecoder decoder, int seed) {
    AdapterConfig config = AdapterConfig.defaults().withRank(2);
    float[] initial = new AdaptedModules(decoder.linears(), config).initial(3);
    Random random = new Random(seed);
    float[] theta = initial.clone();
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.2 * random.nextGaussian());
    }
    return LanguageModel.trained(pass, decoder, config, initial, theta);
  }

  /** Proposals take the draws that the target alone would take. */
  @Test
  void aDraftThatIsTheTargetWritesWhatItWouldDrawAlone() {
    LlamaDecoder target = new TinyDecoders.Form(VOCABULARY, 2, 2, 0, 3, 0).decoder();
    Sampling drawn =
        Sampling.defaults().withMaxNewTokens(24).withTemperature(0.9).withTopP(0.95).withTopK(15);
    List<Generator.Text> texts = texts(VOCABULARY, 1);
    Result expected = write(new TextGenerator(target), drawn, texts);
    Result result = write(speculative(target, target, 3), drawn, texts);
    assertThat(result.texts()).isEqualTo(expected.texts());
    assertThat(result.speculation().acceptanceRate()).isEqualTo(1);
    assertThat(result.speculation().tokensPerPass()).isCloseTo(4, Offset.offset(1e-9));
  }

  @Test
  void drawsDoNotDependOnTheTextsBeside() {
    TinyDecoders.Form form = new TinyDecoders.Form(VOCABULARY, 2, 2, 0, 3, 0);
    SpeculativeGenerator generator = speculative(form.decoder(), form.near(0.3).decoder(), 3);
    Sampling drawn = Sampling.defaults().withMaxNewTokens(24).withTemperature(1.0);
    List<Generator.Text> texts = texts(VOCABULARY, 1);
    Result all = write(generator, drawn, texts);
    Result alone = write(generator, drawn, texts.subList(2, 3));
    assertThat(all.texts().get(2)).isEqualTo(alone.texts().get(0));
    assertThat(alone.speculation().accepted()).isBetween(1L, alone.speculation().proposed() - 1);
  }

  /** Wherever the stop token stands among the accepted ones. */
  @Test
  void aTextEndsAtAStopTokenAmongAcceptedOnes() {
    TinyDecoders.Form form = new TinyDecoders.Form(VOCABULARY, 2, 2, 0, 4, 0);
    LlamaDecoder target = form.decoder();
    SpeculativeGenerator generator = speculative(target, target, 5);
    Sampling drawn = Sampling.defaults().withMaxNewTokens(24).withTemperature(1.0);
    for (int stop = 0; stop < VOCABULARY; stop++) {
      List<Generator.Text> texts = texts(VOCABULARY, 1, stop);
      Result expected = write(new TextGenerator(target), drawn, texts);
      Result result = write(generator, drawn, texts);
      assertThat(result.texts()).isEqualTo(expected.texts());
      assertThat(result.ended()).isEqualTo(expected.ended());
      assertThat(result.speculation().acceptanceRate()).isEqualTo(1);
    }
    List<Generator.Text> texts = texts(VOCABULARY, 1);
    Result result = write(generator, drawn, texts, 3);
    assertThat(result.texts()).allMatch(text -> text.size() == 3);
    assertThat(result.ended()).containsOnly(true);
  }

  @Test
  void aTextIsCutAtTheLastPositionAndADraftOfFewerPositionsStopsProposing() {
    LlamaDecoder target = DecoderGoldenTest.decoder("llama", DataType.FLOAT);
    LlamaDecoder draft = DecoderGoldenTest.decoder("mistral", DataType.FLOAT);
    int positions = draft.config().maxPositions();
    assertThat(target.config().maxPositions()).isGreaterThan(positions + 20);
    for (int length : new int[] {positions - 4, positions + 9, 253}) {
      int[] prompt = IntStream.range(0, length).map(i -> i * 7 % 290).toArray();
      List<Generator.Text> texts = List.of(new Generator.Text(prompt, Adapters.NONE, Set.of(), 0));
      Result expected = write(new TextGenerator(target), Sampling.greedy(20), texts);
      Result result = write(speculative(target, draft, 4), Sampling.greedy(20), texts);
      assertThat(result.texts()).isEqualTo(expected.texts());
      assertThat(result.ended()).containsExactly(false);
      assertThat(result.speculation().proposed() > 0).isEqualTo(length < positions);
    }
  }

  @Test
  void refusesWhatDoesNotBelongTogether() {
    LlamaDecoder llama = DecoderGoldenTest.decoder("llama", DataType.FLOAT);
    LlamaDecoder other = new TinyDecoders.Form(VOCABULARY, 1, 1, 0, 1, 0).decoder();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> speculative(llama, other, 4))
        .withMessage(
            "the draft model has a vocabulary of 23 tokens, the target of 300; expected two models"
                + " of one tokenizer");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> speculative(llama, llama, 0))
        .withMessage("draft tokens must be at least 1, got 0");
    List<Generator.Text> none = List.of(new Generator.Text(new int[0], Adapters.NONE, Set.of(), 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write(speculative(llama, llama, 2), Sampling.greedy(3), none))
        .withMessageContaining("the prompt has 0 tokens");
  }
}
