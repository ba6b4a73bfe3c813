package io.github.cola4j.model.llama;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.layer.InnerActivation;
import io.github.cola4j.nn.layer.RotaryEmbedding;
import java.util.List;

/**
 * The architecture of a decoder of the Llama family (arXiv 2302.13971): Llama 2 and 3, SmolLM,
 * TinyLlama, Mistral (arXiv 2310.06825), Qwen2 and 2.5 (arXiv 2407.10671), and others. What tells
 * the families apart are the flags here.
 *
 * @param modelType the {@code model_type} of {@code config.json}
 * @param attention the form of each block's attention
 * @param rotary the rotation of each block's queries and keys
 * @param norms where normalisations stand
 * @param linears how the linear layers are made
 * @param multipliers constants of the architecture
 * @param tied whether the vocabulary projection is the token table
 */
public record LlamaConfig(
    String modelType,
    Sizes sizes,
    List<CausalAttention> attention,
    List<RotaryEmbedding> rotary,
    Norms norms,
    Linears linears,
    Multipliers multipliers,
    boolean tied)
    implements Decoder.Config {

  /**
   * How large it is.
   *
   * @param vocabulary entries of the token table
   * @param hidden d
   * @param intermediate width of the feed-forward's inner layer
   * @param maxPositions the longest sequence, in tokens
   */
  public record Sizes(int vocabulary, int hidden, int intermediate, int maxPositions) {}

  /**
   * Normalisations.
   *
   * @param kind what a token is normalised by
   * @param eps added to the mean of the squares, or to the variance
   * @param offset what is added to the gains that the files have
   * @param placement where those of the two halves of a block stand
   * @param queriesAndKeys what is normalised of queries and keys
   */
  public record Norms(
      Kind kind, double eps, double offset, Placement placement, Range queriesAndKeys) {

    /** Those by the root mean square. */
    public Norms(double eps, double offset, Placement placement, Range queriesAndKeys) {
      this(Kind.RMS, eps, offset, placement, queriesAndKeys);
    }

    /** What a token is normalised by. */
    public enum Kind {
      /** Its root mean square, as in Llama. */
      RMS,
      /** Its mean and variance, with a shift beside the gain (StarCoder2, StableLM). */
      LAYER
    }

    /** Where the normalisations of a half stand. */
    public enum Placement {
      /** Before it, as in Llama. */
      BEFORE,
      /** After it, before its input is added (OLMo 2, arXiv 2501.00656). */
      AFTER,
      /** Both (Gemma 2, arXiv 2408.00118). */
      AROUND
    }

    /** What is normalised together. */
    public enum Range {
      /** Nothing. */
      NONE,
      /** Each head (Qwen3, arXiv 2505.09388). */
      HEAD,
      /** All heads of a token (OLMo 2). */
      ALL
    }

    /** Layer normalisations before each half. */
    public static Norms layer(double eps) {
      return new Norms(Kind.LAYER, eps, 0, Placement.BEFORE, Range.NONE);
    }

    /** Llama's: before each half, the gains as they are. */
    public static Norms before(double eps) {
      return new Norms(eps, 0, Placement.BEFORE, Range.NONE);
    }
  }

  /**
   * Which linear layers have a bias.
   *
   * @param inputs those of queries, keys and values
   * @param output the attention's last
   * @param feedForward those of the feed-forward
   */
  public record Biases(boolean inputs, boolean output, boolean feedForward) {}

  /**
   * How the linear layers are made.
   *
   * @param fused whether queries, keys and values are one module, and gate and up another (Phi-3,
   *     arXiv 2404.14219)
   * @param activation of the feed-forward, with a gate or without one (StarCoder2, arXiv
   *     2402.19173)
   */
  public record Linears(Biases biases, boolean fused, InnerActivation activation) {}

  /**
   * Constants that something is multiplied by.
   *
   * @param embeddings the token table's columns
   * @param scores queries times keys
   * @param residual what each half of a block adds
   * @param logits the vocabulary projection's outputs
   * @param cap c of c tanh(z / c), which the logits z become; 0 for none
   */
  public record Multipliers(
      double embeddings, double scores, double residual, double logits, double cap) {

    /** Logits that are not capped. */
    public Multipliers(double embeddings, double scores, double residual, double logits) {
      this(embeddings, scores, residual, logits, 0);
    }

    /** Llama's: scores are divided by √dh, and nothing else is changed. */
    public static Multipliers ofWidth(int width) {
      return new Multipliers(1, 1 / Math.sqrt(width), 1, 1);
    }
  }

  @Override
  public int vocabSize() {
    return sizes.vocabulary;
  }

  @Override
  public int hiddenSize() {
    return sizes.hidden;
  }

  @Override
  public int intermediateSize() {
    return sizes.intermediate;
  }

  @Override
  public int maxPositions() {
    return sizes.maxPositions;
  }

  @Override
  public int layers() {
    return attention.size();
  }

  @Override
  public int heads() {
    return attention.get(0).heads();
  }

  /** Features of a head, dh. */
  int width() {
    return attention.get(0).width();
  }

  /** Keys and values of a token [numKeyValueHeads · dh]. */
  int keySize() {
    return attention.get(0).numKeyValueHeads() * width();
  }

  /** Queries of a token [h · dh]. */
  int querySize() {
    return heads() * width();
  }

  /** What queries are multiplied by, since the kernels divide their scores by √dh. */
  double queryMultiplier() {
    double exact = multipliers.scores * Math.sqrt(width());
    return Math.abs(exact - 1) < 1e-12 ? 1 : exact;
  }

  /** Reads {@code config.json}; what would change the computation and is not implemented fails. */
  public static LlamaConfig read(ConfigKeys keys) {
    return new LlamaKeys(keys).read();
  }
}
