package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetModulesTest {
  private static final List<String> MODULES =
      List.of(
          "layer.0.query", "layer.0.output.dense", "layer.1.query", "layer.1.bigquery", "dense");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          all-linear          | 0 1 2 3 4
          query               | 0 2
          layer.1.query       | 2
          dense               | 1 4
          output.dense        | 1
          regex:.*query       | 0 2 3
          regex:layer.[0].*   | 0 1
          """)
  void matchSuffixesAtADotOrWholeNames(String target, String expected) {
    List<String> selected = new TargetModules(List.of(target)).select(MODULES);
    assertThat(selected.stream().map(name -> "" + MODULES.indexOf(name)))
        .containsExactly(expected.split(" "));
  }

  @Test
  void severalTargetsKeepTheModelsOrder() {
    assertThat(new TargetModules(List.of("dense", "layer.0.query")).select(MODULES))
        .containsExactly("layer.0.query", "layer.0.output.dense", "dense");
  }

  @Test
  void aTargetThatMatchesNothingIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TargetModules(List.of("query", "q_proj")).select(MODULES))
        .withMessageContaining("target 'q_proj' matches no linear layer")
        .withMessageContaining("layer.0.output.dense");
  }

  @Test
  void emptyTargetsAndBrokenExpressionsAreErrors() {
    assertThatIllegalArgumentException().isThrownBy(() -> new TargetModules(List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TargetModules(List.of("regex:(")))
        .withMessageContaining("regex:(");
  }
}
