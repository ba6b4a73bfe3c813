package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.lowrank.LoraPlusOptions;
import io.github.cola4j.adapter.scaling.Ia3Options;
import io.github.cola4j.adapter.tokens.TokenMerging;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterConfigTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  /** Options of methods that have others than those of format 1. */
  private static final Map<String, Map<String, Object>> OWN_OPTIONS =
      Map.of(
          "shira", Map.of("seed", 0L, "storedMask", false),
          "vera", Map.of("seed", 0L, "start", 0.1, "storedProjection", false),
          "gralora", Map.of("blocks", 2),
          "lily", Map.of("stride", 4),
          "oft", Map.of("shared", false, "terms", 0));

  @Test
  void theDefaultsAreThePapersRecipe() {
    assertThat(AdapterConfig.defaults())
        .isEqualTo(
            new AdapterConfig(
                "cola",
                2,
                3,
                8,
                16.0,
                "full",
                "pissa",
                0.0,
                List.of("all-linear"),
                List.of(),
                Map.of(),
                0,
                null));
    assertThat(AdapterConfig.defaults().scalingOf("any")).isEqualTo(2);
  }

  @Test
  void alphaIsTwiceTheRankWhereNotGiven() {
    AdapterConfig lora = AdapterConfig.lora(5);
    assertThat(lora.alpha()).isEqualTo(10);
    assertThat(List.of(lora.a(), lora.b(), lora.rank())).containsExactly(1, 1, 5);
    assertThat(lora.init()).isEqualTo("kaiming");
  }

  @Test
  void alphaFollowsTheRankUnlessItWasSet() {
    assertThat(AdapterConfig.defaults().withRank(4).alpha()).isEqualTo(8);
    assertThat(AdapterConfig.defaults().withRank(4)).isEqualTo(read("{\"rank\": 4}"));
    assertThat(AdapterConfig.defaults().withAlpha(5.0).withRank(4).alpha()).isEqualTo(5);
    assertThat(AdapterConfig.lora(4).withAlpha(5.0).withRank(null).rank()).isEqualTo(8);
  }

  @Test
  void whatAPresetSaysFollowsTheMethod() {
    assertThat(AdapterConfig.defaults().withRank(3).withMethod("lora"))
        .isEqualTo(AdapterConfig.lora(3));
    assertThat(AdapterConfig.lora(3).withMethod("cola"))
        .isEqualTo(AdapterConfig.defaults().withRank(3));
    assertThat(AdapterConfig.lora(3).withInit("pissa").withMethod("rslora").init())
        .isEqualTo("pissa");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterConfig.defaults().withA(4).withMethod("lora"))
        .withMessageContaining("method lora needs a = 1 and b = 1, got a = 4");
  }

  @Test
  void withersAddNothingToJsonAndToSerialization() throws Exception {
    AdapterConfig without = AdapterConfig.of("lora+").withTargets(List.of("query"));
    assertThat(MAPPER.valueToTree(without).has("tokenMerging")).isFalse();
    AdapterConfig config = without.withTokenMerging(new TokenMerging(List.of(2, 0), true));
    JsonNode json = MAPPER.valueToTree(config);
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactlyElementsOf(
            Stream.of(AdapterConfig.class.getRecordComponents())
                .map(RecordComponent::getName)
                .toList());
    assertThat(read(json.toString())).isEqualTo(config);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(config);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(config);
    }
  }

  private static AdapterConfig read(String json) {
    try {
      return MAPPER.readValue(json, AdapterConfig.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
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
        .isThrownBy(() -> AdapterConfig.defaults().withA(a).withB(b).withRank(rank))
        .withMessageContaining(named)
        .withMessageContaining("at least 1");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void alphaIsPositive(double alpha) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterConfig.defaults().withAlpha(alpha))
        .withMessageContaining("alpha");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void dropoutIsAProbabilityBelowOne(double dropout) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterConfig.defaults().withDropout(dropout))
        .withMessageContaining("dropout");
  }

  @Test
  void anUnknownNameIsAnsweredWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterConfig.defaults().withPairing("ful"))
        .withMessage(
            "unknown pairing 'ful'; there are full, random, random-reversed, heuristic,"
                + " heuristic-paper");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterConfig.defaults().withInit("svd"))
        .withMessage("unknown init 'svd'; there are pissa, split-pissa, kaiming, loftq, qpissa");
  }

  private static AdapterConfig residual(String method, Integer residual) {
    return AdapterConfig.of(method).withResidual(residual);
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
        List.of(
            "dora",
            "ia3",
            "miss",
            "hydralora",
            "lily",
            "loramoe",
            "moelora",
            "tt-lora",
            "spp",
            "shira",
            "hira",
            "vera",
            "gralora",
            "bat",
            "c3a",
            "oft")) {
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
        .isThrownBy(() -> new Ia3Options(List.of("regex:(")))
        .withMessageContaining("options.feedforward")
        .withMessageContaining("'regex:('");
    assertThat(new Ia3Options(List.of()).isFeedforward("any")).isFalse();
  }

  private static AdapterConfig with(String method, Map<String, Object> options) {
    return AdapterConfig.of(method).withOptions(options);
  }

  @Test
  void optionsAreTheMethodsRecord() {
    AdapterConfig plus = with("lora+", Map.of("rateB", 4));
    assertThat(plus.options(LoraPlusOptions.class)).isEqualTo(new LoraPlusOptions(4.0));
    assertThat(plus.forModule("x").options()).isEqualTo(plus.options());
    assertThat(with("lora+", null).options(LoraPlusOptions.class).rateB()).isEqualTo(16);
    assertThat(with("ia3", Map.of("feedforward", "wo")).options(Ia3Options.class).feedforward())
        .containsExactly("wo");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plus.options(Ia3Options.class))
        .withMessageContaining("method lora+ has ")
        .withMessageContaining("LoraPlusOptions");
  }

  @Test
  void filesHaveTheSameOptionsWhateverTheMethod() {
    Map<String, Object> defaults = AdapterConfig.defaults().options();
    assertThat(defaults.keySet()).containsExactly("rateB", "balance", "feedforward", "shape");
    for (AdapterMethod method : AdapterMethods.all()) {
      Map<String, Object> options = AdapterConfig.of(method.name()).withRank(4).options();
      assertThat(options).isEqualTo(OWN_OPTIONS.getOrDefault(method.name(), defaults));
    }
    assertThat(with("cola", Map.of("rateB", 4)).options()).containsEntry("rateB", 4.0);
  }

  @ParameterizedTest
  @CsvSource({
    "lora+, rateB, x, 'options.rateB: expected a number, got \"x\"'",
    "lora, rateB, x, 'options.rateB: expected a number, got \"x\"'",
    "loramoe, balance, -1.0, 'options.balance: expected a number, got \"-1.0\"'",
    "tt-lora, shape, 1.5, 'options.shape.0: expected an integer, got \"1.5\"'",
    "ia3, feedforward, 'regex:(', regex:( of options.feedforward is no regular expression",
    "ia3, feedfoward, wo, unknown key 'options.feedfoward' of method ia3; expected one of rateB"
  })
  void aWrongOptionIsNamed(String method, String key, String value, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with(method, Map.of(key, value)))
        .satisfies(
            e -> assertThat(e.getMessage().replace("'", "")).contains(message.replace("'", "")));
  }

  @Test
  void optionsAreBounded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with("lora+", Map.of("rateB", 0)))
        .withMessage("options.rateB must be positive, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with("loramoe", Map.of("balance", -1)))
        .withMessage("options.balance must be 0 or more, got -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with("tt-lora", Map.of("shape", List.of(4, 0))))
        .withMessage("options.shape needs factors of at least 1, got [4, 0]");
  }

  @Test
  void aMethodWithoutFactorsCountsNone() {
    for (String method :
        List.of("ia3", "miss", "tt-lora", "spp", "shira", "vera", "gralora", "bat", "c3a", "oft")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> AdapterConfigBuilder.builder().method(method).a(2).build())
          .withMessageStartingWith("method " + method + " has no A and B matrices, got a = 2");
    }
  }

  @Test
  void theFirstMatchingOverrideCountsForRankAndAlphaSeparately() {
    AdapterConfig config =
        AdapterConfig.defaults()
            .withRank(8)
            .withAlpha(16.0)
            .withOverrides(
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
