package io.github.cola4j.model.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaConfigTest {
  /** As transformers 4 wrote it. */
  private static final String LLAMA =
      """
      {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": false,
        "attention_dropout": 0.0,
        "bos_token_id": 128000,
        "eos_token_id": [128001, 128009],
        "head_dim": 64,
        "hidden_act": "silu",
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "max_position_embeddings": 131072,
        "mlp_bias": false,
        "model_type": "llama",
        "num_attention_heads": 32,
        "num_hidden_layers": 3,
        "num_key_value_heads": 8,
        "rms_norm_eps": 1e-05,
        "rope_scaling": {
          "factor": 32.0,
          "high_freq_factor": 4.0,
          "low_freq_factor": 1.0,
          "original_max_position_embeddings": 8192,
          "rope_type": "llama3"
        },
        "rope_theta": 500000.0,
        "tie_word_embeddings": true,
        "vocab_size": 128256
      }
      """;

  private static final String SCALING =
      LLAMA.substring(LLAMA.indexOf("\"rope_scaling\""), LLAMA.indexOf("\"tie_word_embeddings\""));

  private static final String MISTRAL =
      LLAMA
          .replace("\"model_type\": \"llama\"", "\"model_type\": \"mistral\"")
          .replace(SCALING, "\"sliding_window\": 7,");

  private static final String QWEN2 =
      LLAMA
          .replace("\"model_type\": \"llama\"", "\"model_type\": \"qwen2\"")
          .replace(
              SCALING,
              "\"sliding_window\": 7, \"use_sliding_window\": true, \"max_window_layers\": 2,");

  private static LlamaConfig read(String json) {
    return (LlamaConfig) TransformerConfig.read(json, "x/config.json");
  }

  private static List<Integer> windows(LlamaConfig config) {
    return config.attention().stream().map(CausalAttention::window).toList();
  }

  @Test
  void readsTheOlderForm() {
    LlamaConfig config = read(LLAMA);
    assertThat(config.modelType()).isEqualTo("llama");
    assertThat(config.vocabSize()).isEqualTo(128_256);
    assertThat(config.hiddenSize()).isEqualTo(2048);
    assertThat(config.intermediateSize()).isEqualTo(8192);
    assertThat(config.maxPositions()).isEqualTo(131_072);
    assertThat(config.norms().eps()).isEqualTo(1e-5);
    assertThat(config.layers()).isEqualTo(3);
    assertThat(config.attention()).containsOnly(new CausalAttention(32, 8, 64, 0));
    assertThat(config.querySize()).isEqualTo(2048);
    assertThat(config.keySize()).isEqualTo(512);
    assertThat(config.linears().biases()).isEqualTo(new LlamaConfig.Biases(false, false, false));
    assertThat(config.tied()).isTrue();
    assertThat(config.rotary().get(0).frequencies())
        .isEqualTo(
            RotaryEmbedding.of(500_000, 64, new RotaryEmbedding.Llama3Scaling(32, 1, 4, 8192))
                .frequencies());
  }

  @Test
  void theNewerFormOfRotationsIsTheSameModel() {
    String newer =
        LLAMA.replace(
            SCALING,
            SCALING
                .replace("rope_scaling", "rope_parameters")
                .replace("},", ", \"rope_theta\": 500000.0},")
                .replace("\"rope_theta\": 500000.0,\n", ""));
    assertThat(newer).contains("rope_parameters").doesNotContain("rope_scaling");
    assertThat(read(newer).rotary().get(0).frequencies())
        .isEqualTo(read(LLAMA).rotary().get(0).frequencies());
    assertThat(read(newer).attention()).isEqualTo(read(LLAMA).attention());
  }

  @Test
  void readsOtherRotations() {
    float[] plain = RotaryEmbedding.of(10_000, 64, null).frequencies();
    assertThat(read(LLAMA.replace(SCALING, "")).rotary().get(0).frequencies()).isEqualTo(plain);
    String linear =
        "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}, \"rope_theta\": 10000.0,";
    float[] scaled = read(LLAMA.replace(SCALING, linear)).rotary().get(0).frequencies();
    assertThat(scaled).hasSameSizeAs(plain);
    for (int i = 0; i < plain.length; i++) {
      assertThat(scaled[i]).isEqualTo((float) (plain[i] / 4.0));
    }
    String standard = "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0},";
    assertThat(read(LLAMA.replace(SCALING, standard)).rotary().get(0).frequencies())
        .isEqualTo(plain);
  }

  @Test
  void whatIsLeftOutHasTheDefaultsOfTransformers() {
    LlamaConfig config =
        read(
            LLAMA
                .replace("\"head_dim\": 64,", "")
                .replace("\"num_key_value_heads\": 8,", "")
                .replace("\"attention_bias\": false,", "")
                .replace("\"mlp_bias\": false,", "")
                .replace("\"tie_word_embeddings\": true,", ""));
    assertThat(config.attention()).containsOnly(new CausalAttention(32, 32, 64, 0));
    assertThat(config.linears().biases()).isEqualTo(new LlamaConfig.Biases(false, false, false));
    assertThat(config.tied()).isFalse();
    LlamaConfig all = read("{\"model_type\": \"llama\", \"rope_theta\": null}");
    assertThat(all)
        .usingRecursiveComparison()
        .isEqualTo(
            new LlamaConfig(
                "llama",
                new LlamaConfig.Sizes(32_000, 4096, 11_008, 2048),
                Collections.nCopies(32, new CausalAttention(32, 32, 128, 0)),
                Collections.nCopies(32, RotaryEmbedding.of(10_000, 128, null)),
                LlamaConfig.Norms.before(1e-6),
                new LlamaConfig.Linears(
                    new LlamaConfig.Biases(false, false, false), false, GatedActivation.SWIGLU),
                LlamaConfig.Multipliers.ofWidth(128),
                false));
    assertThat(read("{\"model_type\": \"qwen2\"}").vocabSize()).isEqualTo(151_936);
    LlamaConfig mistral = read("{\"model_type\": \"mistral\"}");
    assertThat(mistral.intermediateSize()).isEqualTo(14_336);
    assertThat(windows(mistral)).hasSize(32).containsOnly(4096);
  }

  @Test
  void headsMayBeWiderThanTheirShare() {
    LlamaConfig config = read(LLAMA.replace("\"head_dim\": 64", "\"head_dim\": 128"));
    assertThat(config.querySize()).isEqualTo(4096);
    assertThat(config.keySize()).isEqualTo(1024);
  }

  @Test
  void readsBiases() {
    assertThat(
            read(LLAMA.replace("\"attention_bias\": false", "\"attention_bias\": true"))
                .linears()
                .biases())
        .isEqualTo(new LlamaConfig.Biases(true, true, false));
    assertThat(read(LLAMA.replace("\"mlp_bias\": false", "\"mlp_bias\": true")).linears().biases())
        .isEqualTo(new LlamaConfig.Biases(false, false, true));
    assertThat(read(QWEN2).linears().biases())
        .isEqualTo(new LlamaConfig.Biases(true, false, false));
  }

  @Test
  void readsWindows() {
    assertThat(windows(read(MISTRAL))).containsExactly(7, 7, 7);
    assertThat(windows(read(MISTRAL.replace("window\": 7", "window\": null"))))
        .containsExactly(0, 0, 0);
    assertThat(windows(read(QWEN2))).containsExactly(0, 0, 7);
    assertThat(windows(read(QWEN2.replace("window\": true", "window\": false"))))
        .containsExactly(0, 0, 0);
    String kinds =
        "\"layer_types\": [\"sliding_attention\", \"full_attention\", \"sliding_attention\"], ";
    assertThat(windows(read(QWEN2.replace("\"sliding_window\"", kinds + "\"sliding_window\""))))
        .containsExactly(7, 0, 7);
    assertThat(windows(read(LLAMA.replace("\"vocab", "\"sliding_window\": 7, \"vocab"))))
        .containsExactly(0, 0, 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "model_type": "llama"        | "model_type": "gemma"                  | model_type must be "albert", "bert", | got "gemma"
          "hidden_act": "silu"         | "hidden_act": "gelu"                   | hidden_act must be "silu"                            | got "gelu"
          LlamaForCausalLM             | LlamaForTokenClassification            | architectures must be one that ends with ForCausalLM or ForSequenceClassification | LlamaForTokenClassification
          "bos_token_id"               | "quantization_config": {"bits": 4}, "b" | quantization_config must be absent                  | got {"bits":4}
          "bos_token_id"               | "partial_rotary_factor": 0.5, "b"      | partial_rotary_factor must be 1 or absent            | got 0.5
          "head_dim": 64               | "head_dim": 63                         | head_dim must be even                                | got 63
          "head_dim": 64,              | "num_hidden_groups": 1,                | head_dim must be even, or hidden_size a multiple     | 2050
          "num_key_value_heads": 8     | "num_key_value_heads": 7               | num_key_value_heads must be a divisor of num_attention_heads, 32 | got 7
          "num_key_value_heads": 8     | "num_key_value_heads": 0               | num_key_value_heads must be a positive integer       | got 0
          "rms_norm_eps": 1e-05        | "rms_norm_eps": "small"                | rms_norm_eps must be a number                        | got "small"
          "rms_norm_eps": 1e-05        | "rms_norm_eps": -1                     | rms_norm_eps must be between 0 and 1                 | got -1
          "vocab_size": 128256         | "vocab_size": "many"                   | vocab_size must be a positive integer                | got "many"
          "intermediate_size": 8192    | "intermediate_size": 0                 | intermediate_size must be a positive integer         | got 0
          "mlp_bias": false            | "mlp_bias": "no"                       | mlp_bias must be true or false                       | got "no"
          "attention_bias": false      | "attention_bias": 0                    | attention_bias must be true or false                 | got 0
          "tie_word_embeddings": true  | "tie_word_embeddings": 1               | tie_word_embeddings must be true or false            | got 1
          "rope_type": "llama3"        | "rope_type": "mrope"                   | rope_type must be "default", "linear", "dynamic", "llama3", "yarn" or "longrope" | got "mrope"
          "rope_type": "llama3"        | "type": "ntk"                          | rope_scaling: type must be "default", "linear", "dynamic" | got "ntk"
          "factor": 32.0,              |                                        | factor must be a number                              | got nothing
          "rope_theta": 500000.0       | "rope_theta": "large"                  | rope_theta must be a number                          | got "large"
          "rope_theta": 500000.0       | "rope_theta": 0                        | rope_theta must be above 0                           | got 0
          "rope_type": "llama3"        | "rope_type": "linear"                  | high_freq_factor must be absent: rope_type "linear" does not use it | got 4.0
          "rope_type": "llama3"        | "rope_type": "default"                 | factor must be absent: rope_type "default" does not use it | got 32.0
          "rope_type": "llama3"        | "rope_type": null                      | factor must be absent: without rope_type nothing uses it | got 32.0
          "rope_type": "llama3"        | "rope_type": "llama3", "type": "mrope" | type must be absent, or "llama3" as rope_type        | got "mrope"
          "rope_type": "llama3"        | "rope_type": "llama3", "x": 1          | rope_scaling: x must be absent: rope_type "llama3" does not use it | got 1
          "rope_type": "llama3"        | "rope_type": "llama3", "rope_theta": 1 | rope_theta must be that of the key outside, 500000.0 | got 1
          "rope_type": "llama3"        | "rope_type": "llama3", "partial_rotary_factor": 0.5 | partial_rotary_factor must be 1 or absent | got 0.5
          "rope_type": "llama3"        | "full_attention": {"rope_type": "default"} | full_attention must be absent: rotations of single kinds of layers are not implemented | got {"rope_type":"default"}
          "bos_token_id"               | "rope_local_base_freq": 1, "b"         | rope_local_base_freq must be absent: it is not implemented | got 1
          "bos_token_id"               | "rope_parameters": {"rope_type": "default"}, "b" | rope_scaling must be absent beside rope_parameters, or equal to it | got {
          "num_hidden_layers": 3       | "num_hidden_layers": 2147483647        | num_hidden_layers must be at most 10000              | got 2147483647
          "head_dim": 64               | "head_dim": 1000000000                 | head_dim must be at most 65536                       | got 1000000000
          "rope_theta": 500000.0       | "layer_types": ["full_attention"]      | layer_types must be a list of num_hidden_layers = 3  | got ["full_attention"]
          "rope_theta": 500000.0       | "layer_types": ["a", "b", "c"]         | layer_types must be full_attention or sliding_attention | got ["a","b","c"]
          """)
  void namesSourceKeyExpectedAndGot(String from, String to, String message, String got) {
    String json = LLAMA.replace(from, to == null ? "" : to);
    if (got.equals("2050")) {
      json = json.replace("\"hidden_size\": 2048", "\"hidden_size\": 2050");
      got = "got nothing";
    }
    assertThat(json).isNotEqualTo(LLAMA);
    String wrong = json;
    assertThatThrownBy(() -> TransformerConfig.read(wrong, "x/config.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("x/config.json: ")
        .hasMessageContainingAll(message, got);
  }

  @Test
  void aWindowThatLayersNeedIsThatOfTransformersOrPositive() {
    String json =
        QWEN2.replace(
            "\"sliding_window\": 7,",
            "\"layer_types\": [\"full_attention\", \"full_attention\", \"sliding_attention\"],");
    assertThat(windows(read(json))).containsExactly(0, 0, 4096);
    String none = json.replace("\"layer_types\"", "\"sliding_window\": 0, \"layer_types\"");
    assertThatThrownBy(() -> read(none))
        .hasMessageContaining("sliding_window must be a positive integer; got 0");
  }

  @Test
  void textThatIsNoConfigurationIsRefused() {
    assertThatThrownBy(() -> TransformerConfig.read("[1]", "x/config.json"))
        .hasMessage("x/config.json: expected a JSON object, got [1]");
    assertThatThrownBy(() -> TransformerConfig.read("{\"model_type\": ", "x/config.json"))
        .hasMessageStartingWith("x/config.json: not valid JSON: ")
        .hasMessageContaining("line 1");
  }
}
