package io.github.cola4j.data.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The language against Jinja2's own renderings, and what no template may do. */
class JinjaTemplateTest {
  private static final LocalDateTime NOW = LocalDateTime.of(2024, 3, 5, 7, 8, 9);
  private static final JsonNode GOLDENS = goldens();

  private static JsonNode goldens() {
    try (InputStream in =
        JinjaTemplateTest.class.getResourceAsStream("/goldens/jinja/expected.json")) {
      return new JsonMapper().readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> variables() {
    return (Map<String, Object>) value(GOLDENS.get("variables"));
  }

  static Object value(JsonNode node) {
    if (node.isObject()) {
      Map<String, Object> map = new LinkedHashMap<>();
      node.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
      return map;
    }
    if (node.isArray()) {
      List<Object> list = new ArrayList<>();
      node.forEach(item -> list.add(value(item)));
      return list;
    }
    if (node.isNull() || node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.asBoolean();
    }
    if (node.isInt()) {
      return node.asLong();
    }
    return node.asDouble();
  }

  private static String render(String template) {
    return JinjaTemplate.parse(template).render(variables(), NOW, 1 << 22);
  }

  private static void refuses(String template, String... parts) {
    assertThatExceptionOfType(TemplateException.class)
        .as(template.substring(0, Math.min(100, template.length())))
        .isThrownBy(() -> render(template))
        .satisfies(e -> assertThat(List.of(parts)).allMatch(part -> e.getMessage().contains(part)));
  }

  @TestFactory
  Stream<DynamicTest> writesAndRefusesWhatJinja2Does() {
    return StreamSupport.stream(GOLDENS.get("cases").spliterator(), false)
        .map(
            golden -> {
              String template = golden.get("template").asText();
              return DynamicTest.dynamicTest(
                  template,
                  () -> {
                    if (golden.get("text").isNull()) {
                      refuses(template);
                    } else {
                      assertThat(render(template)).isEqualTo(golden.get("text").asText());
                    }
                  });
            });
  }

  /** Jinja2 renders these; here they must not become something else. */
  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      quoteCharacter = '`',
      textBlock =
          """
          {% include 'x' %} => the tag 'include'
          {% block a %}{% endblock %} => the tag 'block'
          {% call m() %}{% endcall %} => the tag 'call'
          {% filter upper %}x{% endfilter %} => the tag 'filter'
          {% for m in messages recursive %}{% endfor %} => a recursive loop
          {{ '%s' % 'x' }} => formatting a str with %
          {{ '{}'.format(1) }} => the method .format() of a str
          {{ 'x' | urlize }} => the filter 'urlize'
          {{ names | groupby('x') }} => the filter 'groupby'
          {{ 'x' is escaped }} => the test 'escaped'
          {{ cycler('a') }} => cycler
          {{ range(3)[1:] }} => a slice of a range
          {{ strftime_now('%c') }} => strftime_now with %c
          {{ 9999999999999999999 }} => more than 64 bits
          {{ 9223372036854775807 + 1 }} => more than 64 bits
          {{ 2 ** 64 }} => more than 64 bits
          {% macro m() %}{{ caller() }}{% endmacro %} => caller
          """)
  void whatIsNotSupportedIsRefusedByName(String template, String name) {
    refuses(template, name, "(line 1)");
  }

  @Test
  void errorsNameTheLine() {
    refuses("a\n{% if yes %}\n{{ 1 +\n missing.x }}{% endif %}", "'missing' is undefined (line 3)");
    refuses("a\n\n{% nope %}", "the tag 'nope' is not supported (line 3)");
    refuses("a\n{{ 'x }}", "a string is not closed (line 2)");
  }

  @Test
  void datesAreWrittenAsPythonDoes() {
    assertThat(render("{{ strftime_now('%d %b %Y, %A %B %-d %H:%M:%S %I%p %y %j %%') }}"))
        .isEqualTo("05 Mar 2024, Tuesday March 5 07:08:09 07AM 24 065 %");
  }

  private static final String STRING =
      "{% set ns = namespace(a='aaaaaaaaaaaaaaaa') %}"
          + "{% for i in range(17) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}";
  private static final String NESTED =
      "{% set ns = namespace(a=['x'], b=['x']) %}"
          + "{% for i in range(40) %}{% set ns.a = [ns.a, ns.a] %}"
          + "{% set ns.b = [ns.b, ns.b] %}{% endfor %}";

  private static String often(String body) {
    return "{% set l = range(99999)|list %}{% set k = range(99999)|list %}"
        + STRING
        + "{% for i in range(90000) %}"
        + body
        + "{% endfor %}";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% set x = ns.a ~ 'x' %}",
        "{% set x = ns.a + 'x' %}",
        "{% set x = ns.a * 3 %}",
        "{% set x = ns.a[1:] %}",
        "{% set x = ns.a[::-1] %}",
        "{% set x = ns.a[7] %}",
        "{% set x = ns.a | indent %}",
        "{% set x = ns.a | upper %}",
        "{% set x = ns.a.split('a') %}",
        "{% set x = ns.a.replace('a', 'b') %}",
        "{% set x = ns.a.strip('a') %}",
        "{% set x = ns.a.splitlines() %}",
        "{% set x = ns.a | tojson %}",
        "{% set x = [ns.a] ~ '' %}",
        "{% set x %}{{ ns.a }}{% endset %}",
        "{% if ns.a ~ 'x' == ns.a ~ 'y' %}{% endif %}",
        "{% if ns.a < ns.a ~ 'x' %}{% endif %}",
        "{% if 'aaaaaaaaaaaab' in ns.a %}{% endif %}",
        "{% if ns.a.startswith(ns.a) %}{% endif %}",
        "{% set x = ns.a | length %}",
        "{% if 'z' in l %}{% endif %}",
        "{% if k == l %}{% endif %}",
        "{% set x = k + l %}",
        "{% set x = l * 2 %}",
        "{% set x = l[1:] %}",
        "{% set x = l | map('string') | list %}",
        "{% set x = l | select('odd') | list %}",
        "{% set x = l | sort %}",
        "{% set x = l | unique | list %}",
        "{% set x = l | join %}",
        "{% set x = l ~ '' %}",
        "{% for j in l %}{% endfor %}",
        "{% for j in l if false %}{% endfor %}",
        "{{ ns.a }}",
      })
  void workThatIsRepeatedIsPaidFor(String body) {
    isStopped(often(body));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'a' * 1000000000 }}",
        "{{ 'a' * 9000000000000000000 }}",
        "{{ [1] * 9000000000000000000 }}",
        "{{ 'a' | indent(2000000000, true) }}",
        "{{ 10 ** 100000000 }}",
        "{{ range(0, 9000000000000000000) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{{ f(n + 1) ~ f(n + 1) }}{% endmacro %}{{ f(0) }}",
        "{% set ns = namespace(a='x') %}{% for i in range(99) %}{% set ns.a = ns.a.replace('x',"
            + " ns.a ~ 'x') %}{% endfor %}",
        "{% set ns = namespace(a='x') %}{% for i in range(99) %}{% set ns.a = [ns.a, ns.a] |"
            + " join(ns.a) %}{% endfor %}",
        "{% set ns = namespace(l=[]) %}{% for i in range(90000) %}{% set ns.l = ns.l + [i ~"
            + " 'xxxxxxxxx'] %}{% endfor %}",
        "{{ strftime_now('%B' * 1000000) }}{{ strftime_now('%B' * 10000000) }}",
      })
  void whatGrowsIsStopped(String template) {
    isStopped(template);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ns.a }}",
        "{% set x = ns.a ~ '' %}",
        "{{ ns.a | tojson }}",
        "{% if ns.a == ns.b %}{% endif %}",
        "{% if ns.a < ns.b %}{% endif %}",
      })
  void valuesThatShareTheirPartsArePaidForEachTime(String body) {
    isStopped(NESTED + body);
  }

  @ParameterizedTest
  @CsvSource({
    "(,1,)",
    "[,1,]",
    "{'a':,1,}",
    "'not ',1,''",
    "-,1,''",
    "'1 if 1 else ',1,''",
    "'1 + ',1,''",
    "'',a,|trim",
    "'',a,.a",
    "'',a,[0]",
    "a(,1,)"
  })
  void deepExpressionsAreRefused(String before, String middle, String after) {
    isStopped("{{ " + before.repeat(20_000) + middle + after.repeat(20_000) + " }}");
  }

  @Test
  void deepTagsAndTagsThatAreNotClosedAreRefused() {
    isStopped("{% if 1 %}".repeat(5000) + "{% endif %}".repeat(5000));
    isStopped("{% for i in [1] %}".repeat(3000) + "{% endfor %}".repeat(3000));
    for (String open : List.of("{{", "{%", "{#", "{{ '\\'", "{% raw %}")) {
      isStopped(open.repeat(100_000));
    }
  }

  private static void isStopped(String template) {
    Assertions.assertTimeoutPreemptively(Duration.ofSeconds(30), () -> refuses(template));
  }
}
