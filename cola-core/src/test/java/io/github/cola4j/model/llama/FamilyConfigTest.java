package io.github.cola4j.model.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.llama.LlamaConfig.Norms.Placement;
import io.github.cola4j.model.llama.LlamaConfig.Norms.Range;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.GatedActivation;
import io.github.cola4j.nn.layer.Gelu;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each family's {@code config.json} means, and what it means where it says nothing. */
class FamilyConfigTest {

  private static LlamaConfig read(String modelType, String keys) {
    String json = "{\"model_type\": \"" + modelType + "\"" + (keys.isEmpty() ? "" : ", ") + keys;
    return (LlamaConfig) TransformerConfig.read(json + "}", "x/config.json");
  }

  private static List<Integer> windows(LlamaConfig config) {
    return config.attention().stream().map(CausalAttention::window).toList();
  }

  private static List<Integer> turned(LlamaConfig config) {
    return config.rotary().stream().map(rotary -> 2 * rotary.frequencies().length).toList();
  }

  @ParameterizedTest
  @CsvSource({
    // model type, vocabulary, hidden, intermediate, positions, layers, heads, keys, width
    "qwen3, 151936, 4096, 22016, 32768, 32, 32, 32, 128",
    "phi3, 32064, 3072, 8192, 4096, 32, 32, 32, 96",
    "smollm3, 128256, 2048, 11008, 32768, 36, 16, 4, 128",
    "granite, 32000, 4096, 11008, 2048, 32, 32, 32, 128",
    "olmo2, 50304, 4096, 11008, 2048, 32, 32, 32, 128",
    "gemma3_text, 262208, 2304, 9216, 131072, 26, 8, 4, 256",
    "mistral, 32000, 4096, 14336, 131072, 32, 32, 8, 128",
    "stablelm, 50304, 2560, 6912, 4096, 32, 32, 32, 80",
    "starcoder2, 49152, 3072, 12288, 4096, 30, 24, 2, 128"
  })
  void sizesThatAreLeftOutAreThoseOfTransformers(
      String type,
      int vocabulary,
      int hidden,
      int intermediate,
      int positions,
      int layers,
      int heads,
      int keys,
      int width) {
    LlamaConfig config = read(type, "");
    assertThat(config.sizes())
        .isEqualTo(new LlamaConfig.Sizes(vocabulary, hidden, intermediate, positions));
    assertThat(config.attention())
        .hasSize(layers)
        .allMatch(a -> a.heads() == heads && a.numKeyValueHeads() == keys && a.width() == width);
    assertThat(config.tied())
        .isEqualTo(List.of("smollm3", "gemma3_text", "starcoder2").contains(type));
  }

  @Test
  void keysAndValuesOfNullAreAsManyAsQueries() {
    assertThat(read("mistral", "\"num_key_value_heads\": null").keySize()).isEqualTo(32 * 128);
  }

  @Test
  void phi3HasFusedModulesAndTurnsAPart() {
    LlamaConfig config = read("phi3", "\"partial_rotary_factor\": 0.75, \"sliding_window\": 9");
    assertThat(config.linears().fused()).isTrue();
    assertThat(turned(config)).containsOnly(72);
    assertThat(windows(config)).containsOnly(9);
    assertThat(windows(read("phi3", ""))).containsOnly(0);
    String inside = "\"rope_parameters\": {\"partial_rotary_factor\": 0.5}";
    assertThat(turned(read("phi3", inside))).containsOnly(48);
  }

  @Test
  void smolLm3HasBlocksWithoutRotation() {
    LlamaConfig config = read("smollm3", "\"num_hidden_layers\": 5");
    assertThat(turned(config)).containsExactly(128, 128, 128, 0, 128);
    assertThat(windows(config)).containsOnly(0);
    assertThat(config.rotary().get(0).frequencies())
        .isEqualTo(RotaryEmbedding.of(2_000_000, 128, null).frequencies());
    LlamaConfig given =
        read(
            "smollm3",
            "\"num_hidden_layers\": 3, \"no_rope_layers\": [0, 1, 1], \"use_sliding_window\": true,"
                + " \"sliding_window\": 4");
    assertThat(turned(given)).containsExactly(0, 128, 128);
    assertThat(windows(given)).containsExactly(4, 0, 0);
  }

  @Test
  void graniteHasMultipliers() {
    LlamaConfig config =
        read(
            "granite",
            "\"embedding_multiplier\": 12, \"attention_multiplier\": 0.015625,"
                + " \"residual_multiplier\": 0.22, \"logits_scaling\": 8");
    assertThat(config.multipliers())
        .isEqualTo(new LlamaConfig.Multipliers(12, 0.015625, 0.22, 0.125));
    assertThat(config.queryMultiplier()).isEqualTo(0.015625 * Math.sqrt(128));
    assertThat(read("granite", "").multipliers())
        .isEqualTo(new LlamaConfig.Multipliers(1, 1, 1, 1));
    assertThat(read("llama", "").queryMultiplier()).isEqualTo(1);
  }

  @Test
  void normsOfEachFamily() {
    assertThat(read("qwen3", "").norms())
        .isEqualTo(new LlamaConfig.Norms(1e-6, 0, Placement.BEFORE, Range.HEAD));
    assertThat(read("olmo2", "").norms())
        .isEqualTo(new LlamaConfig.Norms(1e-5, 0, Placement.AFTER, Range.ALL));
    assertThat(read("gemma3_text", "").norms())
        .isEqualTo(new LlamaConfig.Norms(1e-6, 1, Placement.AROUND, Range.HEAD));
    assertThat(read("phi3", "").norms()).isEqualTo(LlamaConfig.Norms.before(1e-5));
  }

  @Test
  void stableLmTurnsAQuarterAndHasNoOtherBiases() {
    LlamaConfig config = read("stablelm", "\"use_qkv_bias\": true, \"layer_norm_eps\": 1e-3");
    assertThat(turned(config)).containsOnly(20);
    assertThat(turned(read("stablelm", "\"partial_rotary_factor\": 0.5"))).containsOnly(40);
    assertThat(config.norms()).isEqualTo(LlamaConfig.Norms.layer(1e-3));
    assertThat(config.linears())
        .isEqualTo(
            new LlamaConfig.Linears(
                new LlamaConfig.Biases(true, false, false), false, GatedActivation.SWIGLU));
    assertThat(read("stablelm", "").linears().biases().inputs()).isFalse();
  }

  @Test
  void starCoder2HasNoGateAndBiasesEverywhere() {
    LlamaConfig config = read("starcoder2", "\"sliding_window\": 7");
    assertThat(config.norms()).isEqualTo(LlamaConfig.Norms.layer(1e-5));
    assertThat(config.linears())
        .isEqualTo(
            new LlamaConfig.Linears(new LlamaConfig.Biases(true, true, true), false, Gelu.TANH));
    assertThat(windows(config)).containsOnly(7);
    assertThat(windows(read("starcoder2", "\"sliding_window\": null"))).containsOnly(0);
    assertThat(read("starcoder2", "\"use_bias\": false").linears().biases())
        .isEqualTo(new LlamaConfig.Biases(false, false, false));
  }

  @Test
  void gemma3HasARotationForEachKindOfLayer() {
    LlamaConfig config = read("gemma3_text", "\"num_hidden_layers\": 7, \"sliding_window\": 5");
    assertThat(windows(config)).containsExactly(5, 5, 5, 5, 5, 0, 5);
    assertThat(config.linears().activation()).isEqualTo(GatedActivation.GEGLU_TANH);
    assertThat(config.multipliers().embeddings()).isEqualTo(48);
    assertThat(config.queryMultiplier()).isEqualTo(1);
    float[] sliding = RotaryEmbedding.of(10_000, 256, null).frequencies();
    float[] full = RotaryEmbedding.of(1_000_000, 256, null).frequencies();
    assertThat(config.rotary().get(0).frequencies()).isEqualTo(sliding);
    assertThat(config.rotary().get(5).frequencies()).isEqualTo(full);
    String older =
        "\"num_hidden_layers\": 2, \"sliding_window_pattern\": 2, \"rope_theta\": 500.0,"
            + " \"rope_local_base_freq\": 70.0,"
            + " \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 8.0}";
    String newer =
        "\"num_hidden_layers\": 2, \"layer_types\": [\"sliding_attention\", \"full_attention\"],"
            + " \"rope_parameters\": {\"sliding_attention\": {\"rope_theta\": 70.0},"
            + " \"full_attention\":"
            + " {\"rope_type\": \"linear\", \"factor\": 8.0, \"rope_theta\": 500.0}}";
    for (String keys : List.of(older, newer)) {
      LlamaConfig scaled = read("gemma3_text", keys);
      assertThat(scaled.rotary().get(0).frequencies())
          .isEqualTo(RotaryEmbedding.of(70, 256, null).frequencies());
      assertThat(scaled.rotary().get(1).frequencies())
          .isEqualTo(RotaryEmbedding.of(500, 256, null).withLinearScaling(8).frequencies());
    }
  }

  @Test
  void gemma2CapsScoresAndLogitsUnlessTheyAreNull() {
    LlamaConfig config = read("gemma2", "\"num_hidden_layers\": 3");
    assertThat(config.attention())
        .containsExactly(
            new CausalAttention(8, 4, 256, 4096, 50),
            new CausalAttention(8, 4, 256, 0, 50),
            new CausalAttention(8, 4, 256, 4096, 50));
    assertThat(config.multipliers()).isEqualTo(new LlamaConfig.Multipliers(48, 1 / 16.0, 1, 1, 30));
    LlamaConfig open =
        read("gemma2", "\"attn_logit_softcapping\": null, \"final_logit_softcapping\": null");
    assertThat(open.attention().get(0).cap()).isZero();
    assertThat(open.multipliers().cap()).isZero();
    assertThat(read("gemma3_text", "\"final_logit_softcapping\": 20.0").multipliers().cap())
        .isEqualTo(20);
  }

  @Test
  void dynamicIsTheDefaultUpToMaxPositions() {
    String dynamic = "\"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 4.0}";
    assertThat(read("llama", dynamic).rotary().get(0))
        .usingRecursiveComparison()
        .isEqualTo(read("llama", "").rotary().get(0));
  }

  @Test
  void yarnMixesWithinItsRange() {
    String yarn =
        "\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4.0, \"rope_theta\": 10000.0,"
            + " \"original_max_position_embeddings\": 2048%s}";
    RotaryEmbedding rotary = read("llama", yarn.formatted("")).rotary().get(0);
    float[] plain = RotaryEmbedding.of(10_000, 128, null).frequencies();
    // 128 ln(2048 / (2π · 32)) / (2 ln 10000) = 16.1 and 128 ln(2048 / 2π) / (2 ln 10000) = 40.2
    assertThat(rotary.frequencies()[16]).isEqualTo(plain[16]);
    assertThat(rotary.frequencies()[17]).isLessThan(plain[17]).isGreaterThan(plain[17] / 4);
    assertThat(rotary.frequencies()[41]).isEqualTo(plain[41] / 4);
    assertThat(rotary.factor()).isCloseTo(0.1 * Math.log(4) + 1, Offset.offset(1e-12));
    String factors = yarn.formatted(", \"mscale\": 2.0, \"mscale_all_dim\": 0.5");
    assertThat(read("llama", factors).rotary().get(0).factor())
        .isCloseTo((0.2 * Math.log(4) + 1) / (0.05 * Math.log(4) + 1), Offset.offset(1e-12));
    assertThat(
            read("llama", yarn.formatted(", \"attention_factor\": 1.5")).rotary().get(0).factor())
        .isEqualTo(1.5);
  }

  @Test
  void longRopeHasFrequenciesOfItsOwnForLongTexts() {
    String keys =
        "\"hidden_size\": 8, \"num_attention_heads\": 2, \"max_position_embeddings\": 4096,"
            + " \"original_max_position_embeddings\": 16, \"rope_scaling\": {\"type\": \"su\","
            + " \"short_factor\": [1.0, 2.0], \"long_factor\": [4.0, 8.0]}";
    RotaryEmbedding rotary = read("phi3", keys).rotary().get(0);
    float[] plain = RotaryEmbedding.of(10_000, 4, null).frequencies();
    assertThat(rotary.frequencies()).containsExactly(plain[0], plain[1] / 2);
    assertThat(rotary.extended().frequencies()).containsExactly(plain[0] / 4, plain[1] / 8);
    assertThat(rotary.extended().positions()).isEqualTo(16);
    assertThat(rotary.factor()).isCloseTo(Math.sqrt(1 + 8.0 / 4), Offset.offset(1e-12));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          gemma2 | "attn_logit_softcapping": 0.0 | attn_logit_softcapping must be above 0; got 0.0
          gemma3_text | "use_bidirectional_attention": true | use_bidirectional_attention must be false or absent; got true
          gemma3_text | "hidden_activation": "gelu" | hidden_activation must be "gelu_pytorch_tanh"
          gemma3_text | "rope_parameters": {"rope_type": "default"} | rope_parameters: rope_type must be absent: rope_parameters has an object for each
          granite | "logits_scaling": 0 | logits_scaling must be above 0; got 0
          llama | "partial_rotary_factor": 0.5 | partial_rotary_factor must be 1 or absent, as transformers does not use it in a llama; got 0.5
          llama | "rope_scaling": {"rope_type": "yarn", "factor": 2.0, "attn_factor": 1.0} | attn_factor must be absent: rope_type "yarn" does not use it
          llama | "num_hidden_layers": 1, "layer_types": ["sliding_attention"] | layer_types must be full_attention alone
          phi3 | "rope_scaling": {"rope_type": "linear", "factor": 2.0} | rope_type must be "default" or "longrope", which Phi-3 has; got "linear"
          phi3 | "partial_rotary_factor": 0.01 | partial_rotary_factor must be above 0 and at most 1, and an even share of a head of 96 features
          phi3 | "rope_scaling": {"type": "longrope", "short_factor": [1.0], "long_factor": [1.0]} | short_factor must be a list of 48 numbers, one for each pair of features; got [1.0]
          phi3 | "rope_scaling": {"type": "longrope", "short_factor": 1.0} | short_factor must be a list of numbers; got 1.0
          stablelm | "use_parallel_residual": true | use_parallel_residual must be false or absent; got true
          stablelm | "qk_layernorm": true | qk_layernorm must be false or absent; got true
          stablelm | "head_dim": 64 | head_dim must be hidden_size / num_attention_heads, or absent; got 64
          stablelm | "layer_norm_eps": 0.0 | layer_norm_eps must be between 0 and 1; got 0.0
          stablelm | "hidden_act": "gelu" | hidden_act must be "silu"
          starcoder2 | "hidden_act": "silu" | hidden_act must be "gelu_pytorch_tanh"
          starcoder2 | "norm_epsilon": 2.0 | norm_epsilon must be between 0 and 1; got 2.0
          starcoder2 | "num_hidden_layers": 1, "sliding_window": 4, "layer_types": ["full_attention"] | layer_types must be absent: all blocks of a starcoder2 are alike
          starcoder2 | "partial_rotary_factor": 0.5 | partial_rotary_factor must be 1 or absent
          smollm3 | "no_rope_layers": [1] | no_rope_layers must be a list of num_hidden_layers = 36 numbers; got [1]
          """)
  void whatTransformersDoesOtherwiseIsRefusedByName(String type, String keys, String message) {
    assertThatThrownBy(() -> read(type, keys))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("x/config.json")
        .hasMessageContaining(message);
  }
}
