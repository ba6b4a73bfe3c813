package io.github.cola4j.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.DialogueGoldens;
import io.github.cola4j.data.tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTemplateTest {
  private static final SpecialTokens SPECIAL =
      new SpecialTokens(
          new SpecialTokens.Token("<s>", 1), new SpecialTokens.Token("</s>", 2), List.of(2));

  @TempDir Path folder;

  private static ModelTemplate of(String source) {
    return new ModelTemplate(source, "<s>", "</s>", DialogueGoldens.NOW);
  }

  private static final Dialogue ONE = Dialogue.alpaca("Say x.", "y", "x");

  @TestFactory
  Stream<DynamicTest> rendersAsTransformersDoes() {
    return StreamSupport.stream(DialogueGoldens.expected().get("renderings").spliterator(), false)
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.get("template").asText()
                        + " "
                        + golden.get("dialogue").asText()
                        + (golden.get("prompt").asBoolean() ? " prompt" : ""),
                    () -> check(golden)));
  }

  private static void check(JsonNode golden) {
    ModelTemplate template = DialogueGoldens.template(golden.get("template").asText());
    List<Map<String, Object>> messages = new ArrayList<>();
    for (JsonNode message : golden.get("messages")) {
      messages.add(
          Map.of("role", message.get("role").asText(), "content", message.get("content").asText()));
    }
    Map<String, Object> variables =
        Map.of(
            "messages",
            messages,
            "add_generation_prompt",
            golden.get("prompt").asBoolean(),
            "bos_token",
            "<s>",
            "eos_token",
            "</s>");
    JsonNode text = golden.get("text");
    if (text.isObject()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> TemplateEngine.render(template.source(), variables, DialogueGoldens.NOW))
          .withMessage("the chat template refuses the dialogue: " + text.get("refused").asText());
      return;
    }
    assertThat(TemplateEngine.render(template.source(), variables, DialogueGoldens.NOW))
        .isEqualTo(text.asText());
  }

  @Test
  void answersAreSupervisedWithTheMarkOfTheirEnd() {
    Dialogue two = DialogueGoldens.dialogue("two", false);

    assertThat(DialogueGoldens.template("turns").render(two))
        .containsExactly(
            new Segment(
                "<|turn|>system\n"
                    + "You count. {{ messages }}<|end|>\n"
                    + "<|turn|>user\n"
                    + "  One, two?\n"
                    + "<|end|>\n"
                    + "<|turn|>assistant\n",
                false),
            new Segment("Three.\nFour: 四 🙂<|end|>", true),
            new Segment("\n<|turn|>user\n!and {% then %}<|end|>\n<|turn|>assistant\n", false),
            new Segment(" five <|end|>", true),
            new Segment("\n", false));
    assertThat(DialogueGoldens.template("headers").render(two))
        .filteredOn(Segment::supervised)
        .extracting(Segment::text)
        .containsExactly("Three.\nFour: 四 🙂<|done|>", "five<|done|>");
    assertThat(DialogueGoldens.template("brackets").render(DialogueGoldens.dialogue("one", false)))
        .containsExactly(
            new Segment("<s>[Q] What is 2 + 2?[/Q]", false), new Segment(" 4</s>", true));
    assertThat(of("{% for m in messages %}{{ m.content }}\n{% endfor %}").render(ONE))
        .containsExactly(new Segment("Say x.\ny\n", false), new Segment("x\n", true));
  }

  @Test
  void aTemplateThatWritesBeginningsOtherwiseIsRefused() {
    Dialogue two = DialogueGoldens.dialogue("two", false);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> DialogueGoldens.template("methods").render(two))
        .withMessageContaining("answers cannot be told from prompts")
        .withMessageContaining("from character 6 on: '2\\n");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DialogueGoldens.template("brackets").render(two))
        .withMessageContaining("Take a built-in template by its name");
  }

  @Test
  void readsTheFoldersTemplate() throws IOException {
    Path config = folder.resolve("tokenizer_config.json");
    assertThatIllegalArgumentException()
        .isThrownBy(this::read)
        .withMessageContaining("has no chat template: neither chat_template.jinja nor");
    Files.writeString(config, "{\"chat_template\":\"one\"}");
    assertThat(read().source()).isEqualTo("one");
    Files.writeString(
        config,
        """
        {"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}
        """);
    assertThat(read().source()).isEqualTo("d");
    assertThat(read().toolUse()).isEqualTo("t");
    Files.writeString(config, "{\"chat_template\":[{\"name\":\"rag\",\"template\":\"r\"}]}");
    assertThatIllegalArgumentException()
        .isThrownBy(this::read)
        .withMessageEndingWith("has no chat template 'default'; it has rag");
    Files.writeString(folder.resolve("chat_template.jinja"), "file");
    assertThat(read().source()).isEqualTo("file");
  }

  private ModelTemplate read() {
    return ModelTemplate.read(folder, SPECIAL, DialogueGoldens.NOW, null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.getClass() }}",
        "{{ messages.getClass() }}",
        "{{ messages[0].getClass().forName('java.lang.Runtime') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{{ messages|urlize }}",
        "{{ messages[0].class.classLoader }}",
        "{{ loop.class }}",
        "{{ ____int3rpr3t3r____.config }}",
        "{{ ____int3rpr3t3r____.context }}",
        "{{ '{{ 1 }}'|render }}",
        "{{ messages.append(1) }}",
        "{{ ____int3rpr3t3r____.getConfig() }}",
        "{{ nothing() }}",
        "{% for x in %}",
        "{% if messages %}",
        "{{ 1 + }}",
      })
  void whatIsNotSupportedIsRefused(String source) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(source).prompt(Dialogue.question("x")))
        .withMessageStartingWith("the model's chat template cannot be rendered: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ messages.class }}",
        "{{ ''.class }}",
        "{{ messages[0].class }}",
        "{{ ____int3rpr3t3r____ }}",
        "{{ messages|map(attribute='class')|first }}",
        "{{ (messages|selectattr('class')|list)|first }}",
        "{{ range.class }}",
      })
  void noPropertyOfJavaIsReached(String source) {
    assertThat(of(source).prompt(Dialogue.question("x"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor"
            + " %}{% endfor %}{% endfor %}",
        "{% for a in range(99999999) %}{% for b in range(99999999) %}x{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='x') %}{% for a in range(99999) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='x') %}{% for a in range(99999) %}{% set ns.x = ns.x ~ ns.x %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for a in range(99999) %}{% set ns.x = ns.x + ns.x %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='xx') %}{% for a in range(9999) %}{% set ns.x = ns.x.replace('x',"
            + " ns.x) %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='xx') %}{% for a in range(9999) %}{% set ns.x = ns.x|replace('x',"
            + " ns.x) %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='xx') %}{% for a in range(9999) %}{% set ns.x = [ns.x,"
            + " ns.x]|join(ns.x) %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='x') %}{% for a in range(9999) %}{% set ns.x = ns.x * 10 %}{%"
            + " endfor %}{{ ns.x }}",
        "{% set ns = namespace(x='x\\n"
            + "y') %}{% for a in range(9999) %}{% set ns.x = ns.x|indent(9999) %}{% endfor %}{{"
            + " ns.x }}",
        "{% set ns = namespace(x='x') %}{% for a in range(99999) %}{% set ns.x %}{{ ns.x }}{{ ns.x"
            + " }}{% endset %}{% endfor %}{{ ns.x }}",
      })
  void whatGrowsWithoutBoundIsStopped(String source) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () ->
            assertThatIllegalArgumentException()
                .isThrownBy(() -> of(source).prompt(Dialogue.question("x"))));
  }

  @Test
  void toolsAndDocumentsAreNone() {
    assertThat(of("{{ tools }} {{ documents is none }}").prompt(Dialogue.question("x")))
        .isEqualTo("None True");
  }

  @Test
  void loopFiltersGenerationMarksAndMacrosAreRendered() {
    String template =
        "{%- macro turn(m) %}<{{ m.role }}>{% generation %}{{ m.content + eos_token }}"
            + "{% endgeneration %}{{ '\\n' }}{% endmacro -%}"
            + "{% for m in messages if m.role != 'system' %}{{ turn(m) }}{% endfor %}";
    assertThat(of(template).render(ONE))
        .containsExactly(
            new Segment("<user>Say x.\ny</s>\n", false),
            new Segment("<assistant>x</s>", true),
            new Segment("\n", false));
  }

  @Test
  void deepNestingIsRefused() {
    String parentheses = "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}";
    String ifs = "{% if 1 %}".repeat(20_000) + "{% endif %}".repeat(20_000);
    for (String source : List.of(parentheses, ifs, "x".repeat(TemplateEngine.MAX_SOURCE + 1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> of(source).prompt(Dialogue.question("x")));
    }
  }
}
