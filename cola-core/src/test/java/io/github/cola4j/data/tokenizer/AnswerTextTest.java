package io.github.cola4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerTextTest {
  private static final BaseModel MODEL = BaseModel.load(Goldens.path("decoder/llama/model"));
  private static final Tokenizer TOKENIZER = MODEL.textTokenizer();

  /** Feeds tokens until the text ends; what was given out meanwhile and then must be its text. */
  private static String written(String all, List<String> stop) {
    AnswerText text = new AnswerText(TOKENIZER, stop);
    StringBuilder pieces = new StringBuilder();
    for (int id : TOKENIZER.ids(all, false)) {
      boolean goesOn = text.add(id);
      pieces.append(text.take());
      assertThat(all).startsWith(pieces);
      for (String mark : stop) {
        assertThat(pieces).doesNotContain(mark);
      }
      if (!goesOn) {
        break;
      }
    }
    pieces.append(text.finish());
    assertThat(text.text()).isEqualTo(pieces.toString());
    return text.text();
  }

  @ParameterizedTest
  @CsvSource({
    "the court held that, held, 'the court '",
    "the court held that, ' held that', 'the court'",
    "the court held that, t, ''",
    "the court held that, held then, the court held that",
    "the court held that, that!, the court held that",
    "aaab, aab, a",
    "Zürich 中文 ☃ end, 文, 'Zürich 中'",
    "Zürich 中文 ☃, ☃☃, Zürich 中文 ☃"
  })
  void endsBeforeAStopText(String all, String stop, String expected) {
    assertThat(written(all, List.of(stop))).isEqualTo(expected);
  }

  @Test
  void theFirstOfSeveralStopTextsCounts() {
    assertThat(written("one two three", List.of("three", "two", "wo"))).isEqualTo("one ");
    assertThat(written("one two three", List.of())).isEqualTo("one two three");
  }

  @Test
  void tokensAfterTheEndDoNotCount() {
    AnswerText text = new AnswerText(TOKENIZER, List.of("b"));
    assertThat(text.add(TOKENIZER.ids("a", false)[0])).isTrue();
    assertThat(text.add(TOKENIZER.ids("b", false)[0])).isFalse();
    assertThat(text.add(TOKENIZER.ids("a", false)[0])).isFalse();
    text.finish();
    assertThat(text.text()).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource({"model", "alpaca", "plain"})
  void theTemplatesEndIsAmongTheIdsThatStop(String template) {
    PromptConfig prompt = PromptConfig.defaults().withTemplate(template);
    assertThat(MODEL.dialogues(prompt, 100).endIds()).containsExactly(298);
    assertThat(MODEL.stopIds(prompt)).contains(298);
  }
}
