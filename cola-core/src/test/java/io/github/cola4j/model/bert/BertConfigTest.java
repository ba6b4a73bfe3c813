package io.github.cola4j.model.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.model.TransformerConfig;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BertConfigTest {
  private static final String MINILM =
      """
      {
        "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_size": 384,
        "intermediate_size": 1536,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "model_type": "bert",
        "num_attention_heads": 12,
        "num_hidden_layers": 6,
        "position_embedding_type": "absolute",
        "type_vocab_size": 2,
        "vocab_size": 30522
      }
      """;

  @Test
  void readsConfigJson() {
    BertConfig expected = new BertConfig("bert", 30522, 384, 6, 12, 1536, 512, 2, 1e-12);
    assertThat(TransformerConfig.read(MINILM, "config.json")).isEqualTo(expected);
    String older = MINILM.replace("\"position_embedding_type\": \"absolute\",", "");
    assertThat(TransformerConfig.read(older, "config.json")).isEqualTo(expected);
  }

  @Test
  void whatIsLeftOutHasTheDefaultsOfTransformers() {
    assertThat(
            TransformerConfig.read(
                "{\"model_type\": \"bert\", \"hidden_act\": null}", "config.json"))
        .isEqualTo(new BertConfig("bert", 30_522, 768, 12, 12, 3072, 512, 2, 1e-12));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "model_type": "bert"                 | "model_type": "deberta"               | model_type must be                        | got "deberta"
          "hidden_act": "gelu"                 | "hidden_act": "gelu_new"              | hidden_act must be "gelu"                 | got "gelu_new"
          "absolute"                           | "relative_key"                        | position_embedding_type must be "absolute"| got "relative_key"
          "vocab_size": 30522                  | "vocab_size": -1                      | vocab_size must be a positive integer     | got -1
          "hidden_size": 384                   | "hidden_size": 384.5                  | hidden_size must be a positive integer    | got 384.5
          "hidden_size": 384                   | "hidden_size": 99999999999            | hidden_size must be a positive integer    | got 99999999999
          "hidden_size": 384                   | "hidden_size": 380                    | hiddenSize must be a multiple of heads    | got 380 and 12
          "num_hidden_layers": 6               | "num_hidden_layers": "6"              | num_hidden_layers must be a positive      | got "6"
          "layer_norm_eps": 1e-12              | "layer_norm_eps": 0                   | layerNormEps must be between 0 and 1      | got 0.0
          "layer_norm_eps": 1e-12              | "layer_norm_eps": "1e-12"             | layer_norm_eps must be a number           | got "1e-12"
          "num_hidden_layers": 6               | "num_hidden_layers": 2147483647       | num_hidden_layers must be at most 10000   | got 2147483647
          "type_vocab_size": 2                 | "quantization_config": {}             | quantization_config must be absent        | got {}
          "type_vocab_size": 2                 | "type_vocab_size": 2, "is_decoder": true | is_decoder must be false               | got true
          """)
  void namesSourceKeyExpectedAndGot(String from, String to, String message, String got) {
    String json = MINILM.replace(from, to == null ? "" : to);
    assertThat(json).isNotEqualTo(MINILM);
    assertThatThrownBy(() -> TransformerConfig.read(json, "x/config.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("x/config.json: ")
        .hasMessageContaining(message)
        .hasMessageContaining(got);
  }

  /** {@code int(i / (layers / groups))} of transformers, for layers that groups do not divide. */
  @ParameterizedTest
  @CsvSource({
    "3, 2, 1, '0 0 1'",
    "4, 2, 1, '0 0 1 1'",
    "5, 3, 1, '0 0 1 1 2'",
    "2, 1, 2, '0 1 0 1'",
    "3, 2, 2, '0 1 0 1 2 3'",
    "12, 1, 1, '0 0 0 0 0 0 0 0 0 0 0 0'"
  })
  void sharedBlocksComeInGroups(int layers, int groups, int inner, String expected) {
    Sharing sharing = new Sharing(layers, groups, inner);
    assertThat(
            IntStream.range(0, layers * inner)
                .mapToObj(place -> String.valueOf(sharing.blockAt(place)))
                .collect(Collectors.joining(" ")))
        .isEqualTo(expected);
    assertThat(sharing.blocks(layers * inner)).isEqualTo(groups * inner);
  }

  @Test
  void moreGroupsThanLayersAreRefused() {
    String json =
        "{\"model_type\": \"albert\", \"num_hidden_layers\": 2, \"num_hidden_groups\": 3}";
    assertThatThrownBy(() -> TransformerConfig.read(json, "c"))
        .hasMessage("c: num_hidden_groups must be at most num_hidden_layers, got 3 and 2");
  }

  @Test
  void refusesWhatIsNoJsonObject() {
    assertThatThrownBy(() -> TransformerConfig.read("{\"a\": 1, \"a\": 2}", "c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("c: not valid JSON: Duplicate field 'a'");
    assertThatThrownBy(() -> TransformerConfig.read("{", "c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("c: not valid JSON");
    assertThatThrownBy(() -> TransformerConfig.read("[]", "c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a JSON object, got []");
    assertThatThrownBy(() -> TransformerConfig.read("", "c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a JSON object");
  }

  @Test
  void constructorChecksEveryValue() {
    assertThatThrownBy(() -> new BertConfig("", 1, 1, 1, 1, 1, 1, 1, 0.1))
        .hasMessageContaining("modelType");
    assertThatThrownBy(() -> new BertConfig("bert", 1, 1, 0, 1, 1, 1, 1, 0.1))
        .hasMessage("layers must be at least 1, got 0");
    assertThatThrownBy(() -> new BertConfig("bert", 1, 1, 1, 1, 1, 1, 1, Double.NaN))
        .hasMessageContaining("layerNormEps");
  }
}
