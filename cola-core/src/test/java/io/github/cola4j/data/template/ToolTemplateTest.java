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

/** Tools, calls and results as chat templates read them. */
class ToolTemplateTest {
  private static final String TOOLS =
      "[{\"type\":\"function\",\"function\":{\"name\":\"w\",\"description\":\"Wetter für"
          + " <b>\",\"parameters\":{\"n\":1,\"f\":1.50,\"none\":null}}}]";

  private static final String OBJECTS =
      "{% if tools %}{{ tools|tojson }}\n{% endif %}"
          + "{% for m in messages %}{{ '<' ~ m.role ~ '>' }}"
          + "{% if m.tool_calls %}{% for c in m.tool_calls %}"
          + "{{ c.function.name ~ c.function.arguments|tojson }}{% endfor %}"
          + "{% else %}{{ m.content ~ (m.name or '') ~ (m.tool_call_id or '') }}{% endif %}</>"
          + "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

  private static ModelTemplate of(String source) {
    return new ModelTemplate(source, "<s>", "</s>", DialogueGoldens.NOW);
  }

  private static Dialogue called(String arguments) {
    String calls = "[{\"id\":\"1\",\"function\":{\"name\":\"w\",\"arguments\":" + arguments + "}}]";
    return new Dialogue(
        List.of(
            new Message("user", "q"),
            new Message(
                Role.ASSISTANT, null, null, new MessageFields(null, calls, null, null, true)),
            new Message(Role.TOOL, "sun", null, new MessageFields(null, null, "1", "w", true)),
            new Message("assistant", "a")),
        TOOLS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"c\":\"Köln\"}", "\"{\\\"c\\\":\\\"Köln\\\"}\""})
  void argumentsAreObjectsHoweverTheyAreWritten(String arguments) {
    assertThat(of(OBJECTS).render(called(arguments)))
        .containsExactly(
            new Segment(
                "[{\"type\": \"function\", \"function\": {\"name\": \"w\", \"description\":"
                    + " \"Wetter für <b>\", \"parameters\": {\"n\": 1, \"f\": 1.5, \"none\":"
                    + " null}}}]\n<user>q</><assistant>",
                false),
            new Segment("w{\"c\": \"Köln\"}</>", true),
            new Segment("<tool>sunw1</><assistant>", false),
            new Segment("a</>", true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"c\":\"Köln\"}", "\"{\\\"c\\\":\\\"Köln\\\"}\""})
  void aTemplateThatJoinsStringsGetsThem(String arguments) {
    String strings = OBJECTS.replace("~ c.function.arguments|tojson", "+ c.function.arguments");

    assertThat(of(strings).render(called(arguments)).get(1).text())
        .isEqualTo("w{\"c\":\"Köln\"}</>");
  }

  @Test
  void noContentIsNoneButNeverWritten() {
    String written = OBJECTS.replace("{% for c in", "{{ m.content }}{% for c in");
    String asked = OBJECTS.replace("{% for c in", "{{ '!' if m.content is none }}{% for c in");

    assertThat(of(written).render(called("{}")).get(1).text()).isEqualTo("w{}</>");
    assertThat(of(asked).render(called("{}")).get(1).text()).isEqualTo("!w{}</>");
  }

  @Test
  void theTemplateForToolsIsTakenWhereThereAreSome() {
    ModelTemplate both =
        new ModelTemplate("none", "{{ tools|length }}", "", "", DialogueGoldens.NOW, null);
    Message question = new Message("user", "q");

    assertThat(both.prompt(new Dialogue(List.of(question), TOOLS))).isEqualTo("1");
    assertThat(both.prompt(new Dialogue(List.of(question)))).isEqualTo("none");
  }

  @Test
  void whatATemplateWouldLeaveOutIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                of("{{ messages[0].content }}")
                    .prompt(new Dialogue(List.of(new Message("user", "q")), TOOLS)))
        .withMessageStartingWith("it has tools, which the model's chat template does not write");
    Dialogue calls = called("{}").withMessages(called("{}").messages());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of("{{ messages[0].content }}").render(new Dialogue(calls.messages())))
        .withMessageStartingWith("it has tool_calls, which the model's chat template");
    for (PromptTemplate builtIn :
        List.of(new PlainTemplate("$"), new AlpacaTemplate("$"), TurnTemplate.chatml())) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builtIn.render(calls))
          .withMessageContaining("it has tool_calls, which no built-in template writes");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(OBJECTS).render(called("{\"n\":99999999999999999999}")))
        .withMessageContaining("up to 64 bits");
  }

  @Test
  void callsBelongToTheAssistant() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Message(Role.USER, "x", null, new MessageFields(null, "[]", null, null, true)))
        .withMessageContaining("only an assistant's message has tool_calls");
    assertThat(new Message("user", "x")).hasToString("Message[role=USER, content=x, input=null]");
    assertThat(Dialogue.question("x"))
        .hasToString("Dialogue[messages=[Message[role=USER, content=x, input=null]]]");
  }
}
