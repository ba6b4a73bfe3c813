package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.cola4j.adapter.scaling.Ia3Options;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*.*)*Q",
        "([a-z.0-9]+)+Q",
        "(a|a|[a-z.0-9])+Q",
        "(([a-z.0-9]{1,30}){1,30})Q"
      })
  void noExpressionBacktracksForEver(String regex) {
    List<String> modules =
        IntStream.range(0, 500)
            .mapToObj(i -> "model.layers." + i + ".self_attention.output.dense.q_proj")
            .toList();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertThat(new TargetModules(List.of("dense", "regex:" + regex)).contains(modules.get(0)))
              .isFalse();
          AdapterConfig.Override override = new AdapterConfig.Override(regex, 1, null);
          assertThat(modules).noneMatch(override::matches);
          Ia3Options options = new Ia3Options(List.of("regex:" + regex));
          assertThat(modules).noneMatch(options::isFeedforward);
        });
  }

  @Test
  void expressionsThatAreTooLargeOrLookAroundAreRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TargetModules(List.of("regex:(?!.*lm_head).*")))
        .withMessageStartingWith("target 'regex:(?!.*lm_head).*' is no regular expression: ")
        .withMessageEndingWith("(there is no look-ahead and no look-behind; name the modules)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModulePattern.of("target x", "([a-z]{1000}){1000}"))
        .withMessageStartingWith("target x ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModulePattern.of("target x", "[a-z]{900}".repeat(100)))
        .withMessageStartingWith("target x repeats too much");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModulePattern.of("target x", "a".repeat(5000)))
        .withMessageContaining("at most 4096 characters, got 5000");
  }
}
