package io.github.cola4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.template.PromptTemplate;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.data.tokenizer.SpecialTokens;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainPromptsTest {
  private static final SpecialTokens SPECIAL =
      new SpecialTokens(null, new SpecialTokens.Token("</s>", 2), List.of());

  /** Chat data often has an empty system message: it says nothing, and is no error. */
  @ParameterizedTest
  @ValueSource(strings = {"alpaca", "plain"})
  void anEmptySystemMessageIsAsNone(String name) {
    PromptTemplate template = PromptTemplates.builtIn(name, SPECIAL);
    Message question = new Message("user", "Is water wet?");
    Message answer = new Message("assistant", "Yes.");
    Dialogue with = new Dialogue(List.of(new Message("system", " "), question, answer));
    Dialogue without = new Dialogue(List.of(question, answer));
    assertThat(template.render(with)).isEqualTo(template.render(without)).isNotEmpty();
    Dialogue said = new Dialogue(List.of(new Message("system", "Be brief."), question, answer));
    assertThat(template.render(said)).isNotEqualTo(template.render(without));
  }
}
