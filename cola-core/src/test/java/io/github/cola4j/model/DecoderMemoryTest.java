package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** What a step keeps, on a decoder of eight blocks with random weights. */
class DecoderMemoryTest {
  private static final int LAYERS = 8;
  private static final int WIDTH = 64;
  private static final int INNER = 172;
  private static final int KEYS = 32;
  private static final int VOCABULARY = 256;

  private static final String CONFIG =
      """
      {
        "hidden_act": "silu",
        "hidden_size": %d,
        "intermediate_size": %d,
        "max_position_embeddings": 512,
        "model_type": "llama",
        "num_attention_heads": 4,
        "num_hidden_layers": %d,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0,
        "tie_word_embeddings": true,
        "vocab_size": %d
      }
      """
          .formatted(WIDTH, INNER, LAYERS, VOCABULARY);

  @TempDir Path folder;

  private final Random random = new Random(3);

  private LlamaDecoder decoder() {
    Map<String, Tensor> tensors = new TreeMap<>();
    tensors.put("model.embed_tokens.weight", tensor(VOCABULARY, WIDTH));
    tensors.put("model.norm.weight", tensor(WIDTH));
    for (int i = 0; i < LAYERS; i++) {
      String layer = "model.layers." + i + ".";
      tensors.put(layer + "input_layernorm.weight", tensor(WIDTH));
      tensors.put(layer + "self_attn.q_proj.weight", tensor(WIDTH, WIDTH));
      tensors.put(layer + "self_attn.k_proj.weight", tensor(KEYS, WIDTH));
      tensors.put(layer + "self_attn.v_proj.weight", tensor(KEYS, WIDTH));
      tensors.put(layer + "self_attn.o_proj.weight", tensor(WIDTH, WIDTH));
      tensors.put(layer + "post_attention_layernorm.weight", tensor(WIDTH));
      tensors.put(layer + "mlp.gate_proj.weight", tensor(INNER, WIDTH));
      tensors.put(layer + "mlp.up_proj.weight", tensor(INNER, WIDTH));
      tensors.put(layer + "mlp.down_proj.weight", tensor(WIDTH, INNER));
    }
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    try (Safetensors weights = Safetensors.open(file)) {
      LlamaConfig config = (LlamaConfig) TransformerConfig.read(CONFIG, "config.json");
      return new LlamaDecoder(config, weights, DataType.FLOAT);
    }
  }

  private Tensor tensor(long... shape) {
    float[] elements = new float[(int) (shape.length == 1 ? shape[0] : shape[0] * shape[1])];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) (shape.length == 1 ? 1 : 0.1 * random.nextGaussian());
    }
    return new Tensor(shape, elements);
  }

  /** A step's memory and gradient. */
  private record Step(long bytes, double[] gradient) {}

  private static Step step(LlamaDecoder decoder, String targets, boolean recompute) {
    TokenBatch batch = Matrices.batch(VOCABULARY, new Random(4), 300, 200, 300, 224);
    int[] labels = new int[batch.tokens()];
    Arrays.setAll(labels, t -> t % 3 == 0 ? t % VOCABULARY : Sample.IGNORED);
    AdaptedModules modules =
        new AdaptedModules(
            decoder.linears(),
            AdapterConfig.defaults()
                .withA(2)
                .withB(3)
                .withRank(4)
                .withPairing("full")
                .withInit("kaiming")
                .withDropout(0.0)
                .withTargets(List.of(targets)));
    float[] initial = modules.initial(5);
    LanguageModel model = new LanguageModel(decoder, modules, initial, recompute);
    Random noise = new Random(7);
    float[] theta = initial.clone();
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.02 * noise.nextGaussian());
    }
    model.theta().set(theta);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      for (int i = 0; i < 2; i++) { // at the second all of the arena is one piece
        model.gradient().set(new float[theta.length]);
        pass.startTraining(i);
        model.refresh(pass, i, true);
        model.loss(pass, batch, labels, 1);
      }
      return new Step(pass.arena().bytes(), model.gradient().toDoubles());
    }
  }

  @Test
  void recomputingHalvesTheMemoryAndGivesTheSameGradients() {
    LlamaDecoder decoder = decoder();
    Step kept = step(decoder, "all-linear", false);
    Step again = step(decoder, "all-linear", true);
    assertThat(again.bytes()).isPositive().isLessThanOrEqualTo(kept.bytes() / 2);
    assertThat(again.gradient()).containsExactly(kept.gradient());
    assertThat(Arrays.stream(kept.gradient()).filter(slope -> slope * slope > 0).count())
        .isEqualTo(kept.gradient().length);
  }

  @Test
  void blocksBelowTheLowestAdaptedOneKeepNothing() {
    LlamaDecoder decoder = decoder();
    Step all = step(decoder, "all-linear", false);
    Step two = step(decoder, "regex:.*\\.[67]\\..*", false);
    assertThat(two.bytes()).isPositive().isLessThanOrEqualTo(all.bytes() * 4 / 10);
  }
}
