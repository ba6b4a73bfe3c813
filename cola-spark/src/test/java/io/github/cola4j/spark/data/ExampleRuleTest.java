package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.LabelList;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.data.row.RowRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the label of a row may be, by the task's problem. */
class ExampleRuleTest {
  private record Row(Object label) implements RowRule.Values {
    @Override
    public Object of(String column) {
      return column.equals("text") ? "a text" : label;
    }

    @Override
    public void all(ObjectNode target) {
      throw new AssertionError("not asked for");
    }

    @Override
    public String whenNull() {
      return "is missing or null";
    }
  }

  private static ExampleRule rule(ProblemType problem) {
    return new ExampleRule(Columns.defaults(), new LabelRule("label", problem));
  }

  private static String label(ProblemType problem, Object value) throws Exception {
    ExampleRule rule = rule(problem);
    return rule.apply(new Row(value)).label();
  }

  private static RowRule.Nested nested(String json) throws Exception {
    JsonNode node = new JsonMapper().readTree(json);
    return new RowRule.Nested(node.isArray() ? "a list" : "an object", node);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "b|a; [\"a\",\"b\"]",
        "' a | b '; [\"a\",\"b\"]",
        "one; [\"one\"]",
        "''; []",
        "'[]'; []",
        "'[\"x|y\", 3, true, \"x|y\"]'; [\"3\",\"true\",\"x|y\"]"
      })
  void textsOfSeveralLabels(String cell, String expected) throws Exception {
    assertThat(label(ProblemType.MULTI_LABEL, cell)).isEqualTo(expected);
  }

  @Test
  void listsOfSeveralLabels() throws Exception {
    assertThat(LabelList.of(label(ProblemType.MULTI_LABEL, nested("[\"b\", \"a\", 1]"))))
        .containsExactly("1", "a", "b");
    ExampleRule rule = rule(ProblemType.MULTI_LABEL);
    assertThat(rule.labels(rule.apply(new Row(nested("[\"b\", \"a\"]")))))
        .containsExactly("a", "b");
    assertThat(rule.labels(rule.apply(new Row("")))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'{\"a\": 1}'; is an object",
        "'[[\"a\"]]'; has a label that is no text, number or boolean",
        "'[null]'; has a label that is no text, number or boolean",
        "'[\" \"]'; has a label that is blank"
      })
  void whatIsNoListIsTold(String json, String message) {
    assertThatExceptionOfType(RowRule.BadRowException.class)
        .isThrownBy(() -> label(ProblemType.MULTI_LABEL, nested(json)))
        .withMessageContaining(message);
  }

  @Test
  void textsThatAreNoListAreTold() {
    for (String cell : new String[] {"[\"a\"", "[a]", "a||b", "|"}) {
      assertThatExceptionOfType(RowRule.BadRowException.class)
          .as(cell)
          .isThrownBy(() -> label(ProblemType.MULTI_LABEL, cell));
    }
    assertThatExceptionOfType(RowRule.BadRowException.class)
        .isThrownBy(() -> label(ProblemType.MULTI_LABEL, null))
        .withMessageContaining("write [] for a text without labels");
  }

  @Test
  void numbers() throws Exception {
    assertThat(label(ProblemType.REGRESSION, " -1.5e2 ")).isEqualTo("-1.5e2");
    for (String cell : new String[] {"many", "", "NaN", "Infinity", "1,5", "1e99"}) {
      assertThatExceptionOfType(RowRule.BadRowException.class)
          .as(cell)
          .isThrownBy(() -> label(ProblemType.REGRESSION, cell));
    }
  }
}
