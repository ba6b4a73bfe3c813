package io.github.cola4j.model.generate;

import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.model.llama.LlamaConfig;
import io.github.cola4j.model.llama.LlamaDecoder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/** Decoders of random weights, and others that are a little different. */
final class TinyDecoders {
  private static final int HIDDEN = 16;
  private static final int INNER = 24;
  private static final int WIDTH = 4; // of a head

  private TinyDecoders() {}

  /**
   * What a decoder is.
   *
   * @param keyValueHeads of 4 heads
   * @param window keys that a query sees; 0 for all
   * @param seed of the weights
   * @param noise how far another draw of the same size moves them
   */
  record Form(int vocabulary, int layers, int keyValueHeads, int window, long seed, double noise) {
    /** A model whose distributions are near this one's. */
    Form near(double distance) {
      return new Form(vocabulary, layers, keyValueHeads, window, seed, distance);
    }

    LlamaDecoder decoder() {
      String json =
          """
          {"model_type": "mistral", "hidden_act": "silu", "hidden_size": %d,
           "intermediate_size": %d, "max_position_embeddings": 40, "num_attention_heads": 4,
           "num_hidden_layers": %d, "num_key_value_heads": %d, "head_dim": %d,
           "rms_norm_eps": 1e-5, "rope_theta": 100.0, "sliding_window": %s,
           "tie_word_embeddings": false, "vocab_size": %d}
          """
              .formatted(
                  HIDDEN,
                  INNER,
                  layers,
                  keyValueHeads,
                  WIDTH,
                  window == 0 ? "null" : Integer.toString(window),
                  vocabulary);
      LlamaConfig config = (LlamaConfig) TransformerConfig.read(json, "tiny/config.json");
      return new LlamaDecoder(config, new RandomWeights(this), DataType.FLOAT);
    }
  }

  /** Normal numbers that a tensor's name and the seed decide. */
  private record RandomWeights(Form form, Map<String, long[]> shapes) implements Weights {
    RandomWeights(Form form) {
      this(form, shapes(form));
    }

    private static Map<String, long[]> shapes(Form form) {
      long keys = (long) form.keyValueHeads() * WIDTH;
      Map<String, long[]> shapes = new LinkedHashMap<>();
      shapes.put("model.embed_tokens.weight", new long[] {form.vocabulary(), HIDDEN});
      for (int i = 0; i < form.layers(); i++) {
        String layer = "model.layers." + i + ".";
        shapes.put(layer + "input_layernorm.weight", new long[] {HIDDEN});
        shapes.put(layer + "self_attn.q_proj.weight", new long[] {HIDDEN, HIDDEN});
        shapes.put(layer + "self_attn.k_proj.weight", new long[] {keys, HIDDEN});
        shapes.put(layer + "self_attn.v_proj.weight", new long[] {keys, HIDDEN});
        shapes.put(layer + "self_attn.o_proj.weight", new long[] {HIDDEN, HIDDEN});
        shapes.put(layer + "post_attention_layernorm.weight", new long[] {HIDDEN});
        shapes.put(layer + "mlp.gate_proj.weight", new long[] {INNER, HIDDEN});
        shapes.put(layer + "mlp.up_proj.weight", new long[] {INNER, HIDDEN});
        shapes.put(layer + "mlp.down_proj.weight", new long[] {HIDDEN, INNER});
      }
      shapes.put("model.norm.weight", new long[] {HIDDEN});
      shapes.put("lm_head.weight", new long[] {form.vocabulary(), HIDDEN});
      return shapes;
    }

    @Override
    public String source() {
      return "tiny";
    }

    @Override
    public Set<String> names() {
      return shapes.keySet();
    }

    @Override
    public long[] shape(String name) {
      return shapes.get(name);
    }

    @Override
    public float[] read(String name, long... shape) {
      int n = (int) Arrays.stream(shape).reduce(1, (x, y) -> x * y);
      Random own = new Random(name.hashCode() * 31L + form.seed());
      Random other = new Random(name.hashCode() * 31L + form.seed() + 1_000_003);
      float[] elements = new float[n];
      for (int i = 0; i < n; i++) {
        double x = own.nextGaussian() + form.noise() * other.nextGaussian();
        elements[i] = (float) (name.endsWith("norm.weight") ? 1 + 0.1 * x : 0.4 * x);
      }
      return elements;
    }

    @Override
    public void close() {}
  }
}
