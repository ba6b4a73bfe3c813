package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterConfigTest {

  @Test
  void theDefaultsAreThePapersRecipe() {
    assertThat(AdapterConfig.defaults())
        .isEqualTo(
            new AdapterConfig(
                2, 3, 8, 16.0, "full", "pissa", 0.0, List.of("all-linear"), List.of()));
    assertThat(AdapterConfig.defaults().scalingOf("any")).isEqualTo(2);
  }

  @Test
  void alphaIsTwiceTheRankWhereNotGiven() {
    AdapterConfig lora = AdapterConfig.lora(5);
    assertThat(lora.alpha()).isEqualTo(10);
    assertThat(List.of(lora.a(), lora.b(), lora.rank())).containsExactly(1, 1, 5);
    assertThat(lora.init()).isEqualTo("kaiming");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, A matrices",
    "1, 0, 1, B matrices",
    "1, -1, 1, B matrices",
    "1, 1, 0, rank"
  })
  void countsAreAtLeastOne(int a, int b, int rank, String named) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig(a, b, rank, null, null, null, null, null, null))
        .withMessageContaining(named)
        .withMessageContaining("at least 1");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void alphaIsPositive(double alpha) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig(null, null, null, alpha, null, null, null, null, null))
        .withMessageContaining("alpha");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void dropoutIsAProbabilityBelowOne(double dropout) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new AdapterConfig(null, null, null, null, null, null, dropout, null, null))
        .withMessageContaining("dropout");
  }

  @Test
  void anUnknownNameIsAnsweredWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig(null, null, null, null, "ful", null, null, null, null))
        .withMessage(
            "unknown pairing 'ful'; there are full, random, random-reversed, heuristic,"
                + " heuristic-paper");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig(null, null, null, null, null, "svd", null, null, null))
        .withMessage("unknown init 'svd'; there are pissa, split-pissa, kaiming");
  }

  private static AdapterConfig residual(String method, Integer residual) {
    return new AdapterConfig(
        method, null, null, null, null, null, null, null, null, null, null, residual);
  }

  @Test
  void aResidualPairIsForProductsAlone() {
    assertThat(residual(null, null).residual()).isZero();
    assertThat(residual(null, null)).isEqualTo(AdapterConfig.defaults());
    for (String method : List.of("cola", "lora", "rslora", "lora+", "pissa")) {
      assertThat(residual(method, 4).residual()).isEqualTo(4);
      assertThat(residual(method, 4).forModule("x").residual()).isEqualTo(4);
    }
    for (String method :
        List.of("dora", "ia3", "miss", "hydralora", "loramoe", "moelora", "tt-lora", "spp")) {
      assertThat(residual(method, 0).residual()).isZero();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> residual(method, 1))
          .withMessageContaining("method cola, lora, rslora, lora+ or pissa; got " + method);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> residual("cola", -1))
        .withMessage("residual must be 0 or more, got -1");
  }

  @Test
  void feedforwardIsEndsOrAnExpression() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MethodOptions(null, null, List.of("regex:("), null))
        .withMessageContaining("options.feedforward")
        .withMessageContaining("'regex:('");
    assertThat(new MethodOptions(null, null, List.of(), null).isFeedforward("any")).isFalse();
  }

  @Test
  void theFirstMatchingOverrideCountsForRankAndAlphaSeparately() {
    AdapterConfig config =
        new AdapterConfig(
            null,
            null,
            8,
            16.0,
            null,
            null,
            null,
            null,
            List.of(
                new AdapterConfig.Override("layer\\.0.*query", 4, null),
                new AdapterConfig.Override("query", 2, 6.0),
                new AdapterConfig.Override("value", null, 32.0)));
    assertThat(config.rankOf("encoder.layer.0.attention.self.query")).isEqualTo(4);
    assertThat(config.scalingOf("encoder.layer.0.attention.self.query")).isEqualTo(6.0 / 4);
    assertThat(config.rankOf("encoder.layer.1.attention.self.query")).isEqualTo(2);
    assertThat(config.scalingOf("encoder.layer.1.attention.self.query")).isEqualTo(3);
    assertThat(config.rankOf("encoder.layer.1.attention.self.value")).isEqualTo(8);
    assertThat(config.scalingOf("encoder.layer.1.attention.self.value")).isEqualTo(4);
    assertThat(config.scalingOf("encoder.layer.1.attention.self.key")).isEqualTo(2);
  }

  @Test
  void anOverrideIsChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig.Override(null, 1, null))
        .withMessageContaining("modules");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig.Override("query", 0, null))
        .withMessageContaining("override 'query'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterConfig.Override("query", null, -1.0))
        .withMessageContaining("override 'query'");
  }
}
