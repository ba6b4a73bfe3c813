package io.github.cola4j.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.DecoderGoldenTest;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Greedy text of transformers, in batches, and where texts end. */
class TextGeneratorTest {
  private static final int POSITIONS = 256;

  /** What came out: the tokens of each text, and whether it came to its end. */
  private record Written(List<List<Integer>> texts, List<Boolean> ended) {}

  private static TextGenerator.Text text(int[] prompt, long number, Integer... stopIds) {
    return new TextGenerator.Text(prompt, Adapters.NONE, Set.of(stopIds), number);
  }

  /** Generates; a text ends after as many tokens as the last argument says, 0: goes on. */
  private static Written write(
      String model, Sampling sampling, List<TextGenerator.Text> texts, int... ends) {
    List<List<Integer>> written = new ArrayList<>();
    texts.forEach(text -> written.add(new ArrayList<>()));
    LlamaDecoder decoder = DecoderGoldenTest.decoder(model, DataType.FLOAT);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      List<Generator.Written> how =
          new TextGenerator(decoder)
              .generate(
                  pass,
                  texts,
                  sampling,
                  (text, token) -> {
                    written.get(text).add(token);
                    return text >= ends.length || written.get(text).size() != ends[text];
                  });
      return new Written(written, how.stream().map(Generator.Written::ended).toList());
    }
  }

  private static JsonNode golden(String model) {
    return Goldens.json("decoder/" + model, "expected.json");
  }

  private static List<Integer> boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2", "mistral"})
  void greedyTextBesideLongerAndShorterOnesThatEndEarlier(String model) {
    int[] prompt = Goldens.ints(golden(model).get("generation").get("prompt"));
    int[] answer = Goldens.ints(golden(model).get("generation").get("ids"));
    int[] one = {prompt[0]};
    int[] longer = Goldens.ints(golden(model).get("sequences").get(3));
    int stop = answer[3];
    int first =
        IntStream.range(0, answer.length).filter(i -> answer[i] == stop).findFirst().getAsInt();

    Written written =
        write(
            model,
            Sampling.greedy(answer.length),
            List.of(
                text(one, 0),
                text(prompt, 1),
                text(longer, 2),
                text(prompt, 3, stop),
                text(prompt, 4)),
            2,
            0,
            5);

    assertThat(written.texts().get(1)).isEqualTo(boxed(answer));
    assertThat(written.texts().get(4)).isEqualTo(boxed(answer));
    assertThat(written.texts().get(0)).hasSize(2);
    assertThat(written.texts().get(2)).hasSize(5);
    // the stop id is not handed out
    assertThat(written.texts().get(3)).isEqualTo(boxed(Arrays.copyOf(answer, first)));
    assertThat(written.ended()).containsExactly(true, false, true, true, false);
  }

  @Test
  void drawsDoNotDependOnTheTextsBeside() {
    int[] prompt = Goldens.ints(golden("llama").get("generation").get("prompt"));
    int[] other = Goldens.ints(golden("llama").get("sequences").get(1));
    Sampling sampling =
        Sampling.defaults().withMaxNewTokens(20).withTemperature(0.9).withTopP(0.95).withSeed(3L);

    Written alone = write("llama", sampling, List.of(text(prompt, 1_000_000_007L)));
    Written beside =
        write(
            "llama",
            sampling,
            List.of(text(other, 0), text(other, 5), text(prompt, 1_000_000_007L), text(prompt, 6)));

    assertThat(beside.texts().get(2)).isEqualTo(alone.texts().get(0));
    assertThat(beside.texts().get(1)).isNotEqualTo(beside.texts().get(0));
    assertThat(beside.texts().get(3)).isNotEqualTo(beside.texts().get(2));
  }

  @Test
  void aTextIsCutAtTheLastPosition() {
    int[] prompt = new int[POSITIONS - 3];
    Arrays.fill(prompt, 70);
    Written written = write("llama", Sampling.greedy(50), List.of(text(prompt, 0)));
    assertThat(written.texts().get(0)).hasSize(3);
    assertThat(written.ended()).containsExactly(false);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, POSITIONS, POSITIONS + 1})
  void aPromptThatLeavesNoPositionIsRefused(int length) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write("llama", Sampling.greedy(1), List.of(text(new int[length], 0))))
        .withMessage(
            "the prompt has " + length + " tokens; expected 1 to 255, the model has 256 positions");
  }
}
