package io.github.cola4j.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.DialogueGoldens;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.MessageFields;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is learnt of answers with reasoning, where templates rewrite or leave out earlier turns. */
class ThinkingTemplateTest {
  /** As Qwen3's: reasoning after the last user's turn alone, where it always stands. */
  private static final String LAST_TURN =
      """
      {%- set ns = namespace(last=-1) -%}
      {%- for m in messages if m.role == 'user' -%}{%- set ns.n = loop.index0 -%}{%- endfor -%}
      {%- for m in messages -%}
      {%- if m.role == 'user' -%}{%- set ns.last = loop.index0 -%}{%- endif -%}
      {%- endfor -%}
      {%- for m in messages -%}
      {{- '[' ~ m.role ~ ']' -}}
      {%- if m.role == 'assistant' and loop.index0 > ns.last -%}
      {{- '<think>\\n' ~ (m.reasoning_content or '')|trim ~ '\\n</think>\\n\\n' -}}
      {%- endif -%}
      {{- m.content ~ '[end]\\n' -}}
      {%- endfor -%}
      {%- if add_generation_prompt -%}
      {{- '[assistant]' -}}
      {%- if enable_thinking is defined and enable_thinking is false -%}
      {{- '<think>\\n\\n</think>\\n\\n' -}}
      {%- endif -%}
      {%- endif -%}
      """;

  /** As DeepSeek-R1's first: what stands before the end of thinking is left out of every turn. */
  private static final String LEFT_OUT =
      """
      {%- for m in messages -%}
      {%- if m.role == 'assistant' -%}
      {{- '<A>' ~ m.content.split('</think>')[-1] ~ '<end>' -}}
      {%- else -%}
      {{- '<U>' ~ m.content -}}
      {%- endif -%}
      {%- endfor -%}
      {%- if add_generation_prompt -%}{{- '<A>' -}}{%- endif -%}
      """;

  /** As DeepSeek-R1's later ones: the prompt for an answer opens thinking. */
  private static final String OPENED = LEFT_OUT.replace("{{- '<A>' -}}", "{{- '<A><think>\\n' -}}");

  private static ModelTemplate of(String source, Boolean thinking) {
    return new ModelTemplate(source, null, "<s>", "</s>", DialogueGoldens.NOW, thinking);
  }

  private static Message thought(String reasoning, String content) {
    return new Message(Role.ASSISTANT, content, null, MessageFields.NONE.withReasoning(reasoning));
  }

  private static Message unlearnt(Message message) {
    return message.with(message.fields().withLearnt(false));
  }

  private static final Message ONE = new Message("user", "1?");
  private static final Message TWO = new Message("user", "2?");

  @Test
  void everyAnswerIsLearntAfterThePromptThatItHasInUse() {
    ModelTemplate template = of(LAST_TURN, null);
    Dialogue dialogue = new Dialogue(List.of(ONE, thought("t1", "a1"), TWO, thought("t2", "a2")));

    List<Dialogue> parts = template.parts(dialogue);

    assertThat(parts)
        .containsExactly(
            new Dialogue(List.of(ONE, thought("t1", "a1"))),
            new Dialogue(List.of(ONE, unlearnt(thought("t1", "a1")), TWO, thought("t2", "a2"))));
    assertThat(template.render(parts.get(0)))
        .containsExactly(
            new Segment("[user]1?[end]\n[assistant]", false),
            new Segment("<think>\nt1\n</think>\n\na1[end]", true),
            new Segment("\n", false));
    List<Segment> second = template.render(parts.get(1));
    assertThat(Segment.text(second.subList(0, second.size() - 2)))
        .isEqualTo(template.prompt(new Dialogue(List.of(ONE, thought("t1", "a1"), TWO))))
        .doesNotContain("t1");
    assertThat(second)
        .filteredOn(Segment::supervised)
        .containsExactly(new Segment("<think>\nt2\n</think>\n\na2[end]", true));
    assertThat(second.get(0).kind()).isEqualTo(Segment.Kind.UNLEARNT);
  }

  @Test
  void stepsAfterTheLastQuestionAreLearntTogether() {
    Dialogue steps =
        new Dialogue(
            List.of(ONE, thought("t1", "look"), new Message("tool", "7"), thought("t2", "a")));

    assertThat(of(LAST_TURN, null).parts(steps)).containsExactly(steps);
    assertThat(of(LAST_TURN, null).render(steps))
        .filteredOn(Segment::supervised)
        .extracting(Segment::text)
        .containsExactly("<think>\nt1\n</think>\n\nlook[end]", "<think>\nt2\n</think>\n\na[end]");
  }

  @Test
  void withoutThinkingAnswersFollowThePromptThatSaysSo() {
    Dialogue dialogue = new Dialogue(List.of(ONE, thought("t1", "<think>\nx\n</think>\n\na1")));

    for (String source : List.of(LAST_TURN, OPENED)) {
      ModelTemplate template = of(source, false);
      List<Segment> segments = template.render(dialogue);
      assertThat(segments.get(0).text())
          .isEqualTo(template.prompt(new Dialogue(List.of(ONE))))
          .endsWith("<think>\n\n</think>\n\n");
      assertThat(segments.get(1).text()).matches("a1[\\[<]end[]>]");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reasoningThatATemplateLeavesOutIsLearnt(boolean inField) {
    Message answer =
        inField ? thought("why\n", "a") : new Message("assistant", "<think>\nwhy\n</think>\n\na");
    Dialogue dialogue = new Dialogue(List.of(ONE, answer));

    assertThat(of(LEFT_OUT, null).render(dialogue))
        .containsExactly(
            new Segment("<U>1?<A>", false), new Segment("<think>\nwhy\n</think>\n\na<end>", true));
    assertThat(of(OPENED, null).render(dialogue))
        .containsExactly(
            new Segment("<U>1?<A><think>\n", false), new Segment("why\n</think>\n\na<end>", true));
    assertThat(of(OPENED, null).render(Dialogue.alpaca("1?", null, "a")))
        .containsExactly(
            new Segment("<U>1?<A><think>\n", false), new Segment("\n</think>\n\na<end>", true));
  }

  @Test
  void earlierReasoningThatATemplateLeavesOutMakesParts() {
    Message first = new Message("assistant", "<think>\nt\n</think>\n\na");
    Dialogue dialogue = new Dialogue(List.of(ONE, first, TWO, new Message("assistant", "b")));

    assertThat(of(LEFT_OUT, null).parts(dialogue)).hasSize(2);
    assertThat(of(LEFT_OUT, null).parts(dialogue))
        .allSatisfy(
            part ->
                assertThat(of(LEFT_OUT, null).render(part))
                    .filteredOn(Segment::supervised)
                    .hasSize(1));
  }

  @Test
  void reasoningThatATemplateDoesNotKnowIsRefused() {
    Dialogue dialogue = new Dialogue(List.of(ONE, thought("t", "a")));

    String turns =
        "{% for m in messages %}{{ m.role ~ m.content }}{% endfor %}"
            + "{% if add_generation_prompt %}assistant{% endif %}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(turns, null).render(dialogue))
        .withMessage(
            "the model's chat template leaves out what message 2 has in reasoning_content; set"
                + " prompt.thinking: false to train without it");
    assertThat(of(turns, false).render(dialogue)).contains(new Segment("a", true));
  }

  @Test
  void answersThatAreNotLearntAreGivenAlone() {
    String turns =
        "{% for m in messages %}{{ '<' ~ m.role ~ '>' ~ m.content ~ '</>' }}{% endfor %}"
            + "{% if add_generation_prompt %}<assistant>{% endif %}";
    Dialogue dialogue =
        new Dialogue(
            List.of(
                ONE,
                unlearnt(new Message("assistant", "bad")),
                TWO,
                new Message("assistant", "b")));

    assertThat(of(turns, null).parts(dialogue)).containsExactly(dialogue);
    assertThat(of(turns, null).render(dialogue))
        .containsExactly(
            new Segment("<user>1?</><assistant>", Segment.Kind.PROMPT),
            new Segment("bad</>", Segment.Kind.UNLEARNT),
            new Segment("<user>2?</><assistant>", Segment.Kind.PROMPT),
            new Segment("b</>", Segment.Kind.ANSWER));
    assertThat(new PlainTemplate("$").render(dialogue))
        .extracting(Segment::kind)
        .containsExactly(
            Segment.Kind.PROMPT, Segment.Kind.UNLEARNT, Segment.Kind.PROMPT, Segment.Kind.ANSWER);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new PlainTemplate("$")
                    .render(new Dialogue(List.of(ONE, unlearnt(new Message("assistant", "x"))))))
        .withMessageContaining("each has weight 0");
  }
}
