package io.github.cola4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokens of texts that are longer than what is tokenised at a time. */
class DocumentTokensTest {
  private static final String TEXT =
      "The court held that Café Zürich isn't open; \u4e2d\u6587 \u2603!\n\n  x = [1, 2]\n and 12 days ";

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void sectionsHaveTheTokensOfTheWhole(String name) {
    BaseModel base = BaseModel.load(Goldens.path("decoder/" + name + "/model"));
    Tokenizer tokenizer = base.textTokenizer();
    SpecialTokens.Token eos = base.specialTokens().eos();
    String text = TEXT.repeat(20);
    int[] whole = DocumentTokens.of(tokenizer, text, eos);
    assertThat(whole).endsWith(eos.id()).startsWith(tokenizer.ids(text, true));
    for (int section : new int[] {30, 31, 64, 100, 1000, text.length() - 1, text.length()}) {
      assertThat(DocumentTokens.of(tokenizer, text, eos, section)).containsExactly(whole);
    }
    assertThat(DocumentTokens.of(tokenizer, text, null, 64))
        .containsExactly(Arrays.copyOf(whole, whole.length - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama"})
  void aBookIsTokenisedToItsEnd(String name) {
    BaseModel base = BaseModel.load(Goldens.path("decoder/" + name + "/model"));
    String sentence = "the court held ";
    int times = TextPrefix.MAX / sentence.length() + 1000;
    int each = base.textTokenizer().ids(" " + sentence.strip(), false).length;
    int[] ids =
        DocumentTokens.of(base.textTokenizer(), (" " + sentence.strip()).repeat(times), null);
    assertThat(ids).hasSize(1 + each * times);
  }
}
