package io.github.cola4j.data.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Templates of published models against what {@code tools/check_chat_templates.py} has of them. */
class PublishedTemplatesTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2024, 3, 5, 7, 8, 9);

  @TestFactory
  @EnabledIfSystemProperty(
      named = "cola.chatTemplates",
      matches = ".+",
      disabledReason =
          "others' templates are not kept here: tools/check_chat_templates.py writes the file")
  Stream<DynamicTest> writesWhatJinja2Does() throws IOException {
    Path file = Path.of(System.getProperty("cola.chatTemplates"));
    JsonNode templates = new JsonMapper().readTree(file.toFile());
    assertThat(templates.size()).isGreaterThanOrEqualTo(20);
    return StreamSupport.stream(templates.spliterator(), false)
        .map(
            template ->
                DynamicTest.dynamicTest(template.get("name").asText(), () -> check(template)));
  }

  @SuppressWarnings("unchecked")
  private static void check(JsonNode template) {
    JinjaTemplate parsed = JinjaTemplate.parse(template.get("source").asText());
    for (JsonNode golden : template.get("cases")) {
      String name = golden.get("name").asText();
      Map<String, Object> variables =
          (Map<String, Object>) JinjaTemplateTest.value(golden.get("variables"));
      if (golden.get("text").isNull()) {
        assertThatExceptionOfType(TemplateException.class)
            .as(name)
            .isThrownBy(() -> parsed.render(variables, NOW, 1 << 22));
      } else {
        assertThat(parsed.render(variables, NOW, 1 << 22))
            .as(name)
            .isEqualTo(golden.get("text").asText());
      }
    }
  }
}
