package io.github.cola4j.model.modernbert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.pooling.Pooling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModernBertConfigTest {

  private static ModernBertConfig read(String keys) {
    return (ModernBertConfig)
        TransformerConfig.read("{\"model_type\": \"modernbert\"" + keys + "}", "x/config.json");
  }

  /** Those of transformers' ModernBertConfig, which are the sizes of ModernBERT-base. */
  @Test
  void whatIsLeftOutHasTheValueOfTransformers() {
    ModernBertConfig config = read("");
    assertThat(config.vocabSize()).isEqualTo(50_368);
    assertThat(config.hiddenSize()).isEqualTo(768);
    assertThat(config.maxPositions()).isEqualTo(8192);
    assertThat(config.blocks()).isEqualTo(new ModernBertConfig.Blocks(22, 12, 1152));
    assertThat(config.normEps()).isEqualTo(1e-5);
    assertThat(config.attention().reach()).isEqualTo(64);
    assertThat(config.attention().globalTheta()).isEqualTo(160_000);
    assertThat(config.attention().localTheta()).isEqualTo(10_000);
    assertThat(config.attention().local()).startsWith(false, true, true, false).hasSize(22);
    assertThat(config.biases()).isEqualTo(new ModernBertConfig.Biases(false, false, false, false));
    assertThat(config.classifierTokens()).isEqualTo(Pooling.CLS);
    assertThat(config.typeVocabSize()).isZero();
  }

  @Test
  void rotationsAndKindsByOlderAndNewerKeys() {
    ModernBertConfig older =
        read(
            ", \"num_hidden_layers\": 3, \"global_attn_every_n_layers\": 2, \"global_rope_theta\":"
                + " 70, \"local_rope_theta\": 30.5, \"local_attention\": 7");
    ModernBertConfig newer =
        read(
            ", \"num_hidden_layers\": 3, \"local_attention\": 7, \"layer_types\":"
                + " [\"full_attention\", \"sliding_attention\", \"full_attention\"],"
                + " \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\","
                + " \"rope_theta\": 70}, \"sliding_attention\": {\"rope_theta\": 30.5}}");
    assertThat(older).isEqualTo(newer);
    assertThat(newer.attention().reach()).isEqualTo(3);
    ModernBertConfig both =
        read(
            ", \"global_rope_theta\": 70, \"local_rope_theta\": 8, \"rope_parameters\":"
                + " {\"sliding_attention\": {\"rope_theta\": 9}}");
    assertThat(both.attention().globalTheta()).isEqualTo(70);
    assertThat(both.attention().localTheta()).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"hidden_activation\": \"silu\" | hidden_activation must be \"gelu\"",
        "\"classifier_activation\": \"relu\" | classifier_activation must be \"gelu\"",
        "\"classifier_pooling\": \"max\" | classifier_pooling must be \"cls\" or \"mean\"",
        "\"layer_types\": [\"chunked_attention\"] | layer_types must be a list of full_attention",
        "\"layer_types\": [\"full_attention\"] | layer_types must have an entry for each of 22",
        "\"rope_scaling\": {\"type\": \"linear\"} | rope_scaling must be absent",
        "\"rope_parameters\": {\"rope_theta\": 5} | rope_theta must be absent",
        "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"yarn\"}} | rope_type must be",
        "\"rope_parameters\": {\"full_attention\": {\"factor\": 2}} | factor must be absent",
        "\"local_rope_theta\": null | local_rope_theta must be a number above 0",
        "\"global_rope_theta\": -1 | global_rope_theta must be above 0",
        "\"sliding_window\": 9 | sliding_window must be absent, or half of local_attention",
        "\"head_dim\": 128 | head_dim must be absent",
        "\"num_attention_heads\": 768 | hidden_size must be an even multiple",
        "\"quantization_config\": {\"quant_method\": \"gptq\"} | quantization_config must be",
      })
  void whatIsNotComputedIsRefusedByName(String key, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(", " + key))
        .withMessageStartingWith("x/config.json: ")
        .withMessageContaining(message);
  }
}
