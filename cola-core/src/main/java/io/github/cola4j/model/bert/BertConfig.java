package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.nn.layer.Gelu;
import java.util.List;

/**
 * The architecture of an encoder of BERT's block.
 *
 * @param modelType {@code bert}, or another of {@link BertFamily}
 * @param vocabSize entries of the token table
 * @param hiddenSize d, a multiple of {@code heads}
 * @param embeddings what the first block gets
 * @param blocks what is above them
 * @param disentangling the form of disentangled attention; null for another
 */
public record BertConfig(
    String modelType,
    int vocabSize,
    int hiddenSize,
    Embeddings embeddings,
    Blocks blocks,
    Disentangling disentangling)
    implements TransformerConfig {

  /** Whatever {@code pad_token_id} says. */
  private static final int MPNET_PADDING = 1;

  /**
   * The tables of positions and segments.
   *
   * @param width e, the width of all tables
   * @param projected whether a linear layer makes them as wide as the blocks; else e is d
   * @param maxPositions the longest sequence, in tokens
   * @param padding the token of padding, after whose number those of positions begin (RoBERTa), and
   *     which has that number itself; {@link #NONE} where positions begin at 0, {@link #NO_TABLE}
   *     where tokens have no position of their own
   * @param types entries of the segment table; 0 for none
   */
  public record Embeddings(int width, boolean projected, int maxPositions, int padding, int types) {
    /** Positions begin at 0. */
    public static final int NONE = -1;

    /** There is no table of positions. */
    public static final int NO_TABLE = -2;

    /** Checks every value. */
    public Embeddings {
      positive("width", width);
      positive("maxPositions", maxPositions);
      if (padding < NO_TABLE) {
        throw new IllegalArgumentException("padding must be a token, got " + padding);
      }
      if (types < 0) {
        throw new IllegalArgumentException("types must be at least 0, got " + types);
      }
    }

    /** Whether there is a table of positions. */
    boolean hasPositions() {
      return padding != NO_TABLE;
    }

    /** Entries of the position table. */
    int positions() {
      return maxPositions + padding + 1;
    }
  }

  /**
   * The blocks, each computed from the one before it.
   *
   * @param count how often a block is computed
   * @param heads attention heads of d / heads each
   * @param intermediateSize width of the feed-forward's inner layer
   * @param gelu the feed-forward's activation
   * @param layerNormEps added to the variance in every layer normalisation
   * @param sharing which of them are the same
   */
  public record Blocks(
      int count, int heads, int intermediateSize, Gelu gelu, double layerNormEps, Sharing sharing) {
    /** Checks every value. */
    public Blocks {
      positive("layers", count);
      positive("heads", heads);
      positive("intermediateSize", intermediateSize);
      if (!(layerNormEps > 0 && layerNormEps < 1)) {
        throw new IllegalArgumentException(
            "layerNormEps must be between 0 and 1, got " + layerNormEps);
      }
    }

    /** Each has weights of its own, and exact GELU. */
    static Blocks own(int count, int heads, int intermediateSize, double layerNormEps) {
      return new Blocks(count, heads, intermediateSize, Gelu.EXACT, layerNormEps, Sharing.NONE);
    }
  }

  /** Checks every value. */
  public BertConfig {
    if (modelType == null) {
      throw new IllegalArgumentException("modelType must be a name such as bert, got null");
    }
    BertFamily.of(modelType);
    positive("vocabSize", vocabSize);
    positive("hiddenSize", hiddenSize);
    if (hiddenSize % blocks.heads != 0) {
      throw new IllegalArgumentException(
          "hiddenSize must be a multiple of heads, got " + hiddenSize + " and " + blocks.heads);
    }
    if (!embeddings.projected && embeddings.width != hiddenSize) {
      throw new IllegalArgumentException(
          "embeddings must be as wide as the blocks, got "
              + embeddings.width
              + " and "
              + hiddenSize);
    }
  }

  /** A BERT. */
  public BertConfig(
      String modelType,
      int vocabSize,
      int hiddenSize,
      int layers,
      int heads,
      int intermediateSize,
      int maxPositions,
      int typeVocabSize,
      double layerNormEps) {
    this(
        modelType,
        vocabSize,
        hiddenSize,
        new Embeddings(hiddenSize, false, maxPositions, Embeddings.NONE, typeVocabSize),
        Blocks.own(layers, heads, intermediateSize, layerNormEps));
  }

  private BertConfig(
      String modelType, int vocabSize, int hiddenSize, Embeddings embeddings, Blocks blocks) {
    this(modelType, vocabSize, hiddenSize, embeddings, blocks, null);
  }

  /**
   * Reads {@code config.json} of a BERT encoder with exact GELU and absolute positions. What is
   * left out has the value of transformers' {@code BertConfig}.
   */
  static BertConfig bert(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    requireEncoder(keys);
    int d = keys.size("hidden_size", 768);
    return common(keys, 30_522, d, 12, 3072, positions(keys, d, d, Embeddings.NONE));
  }

  /** The same of a RoBERTa, whose positions begin after the token of padding. */
  static BertConfig roberta(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    requireEncoder(keys);
    int d = keys.size("hidden_size", 768);
    int padding = keys.count("pad_token_id", 1);
    return common(keys, 50_265, d, 12, 3072, positions(keys, d, d, padding));
  }

  /** The same of an ELECTRA, whose embeddings may be narrower than its blocks. */
  static BertConfig electra(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    requireEncoder(keys);
    int d = keys.size("hidden_size", 256);
    int width = keys.size("embedding_size", 128);
    return common(keys, 30_522, d, 4, 1024, positions(keys, width, d, Embeddings.NONE));
  }

  private static BertConfig common(
      ConfigKeys keys, int vocabSize, int d, int heads, int inner, Embeddings embeddings) {
    return new BertConfig(
        keys.text("model_type", ""),
        keys.size("vocab_size", vocabSize),
        d,
        embeddings,
        Blocks.own(
            keys.layers(12),
            keys.size("num_attention_heads", heads),
            keys.size("intermediate_size", inner),
            keys.number("layer_norm_eps", 1e-12)));
  }

  /**
   * The same of an ALBERT: embeddings are always widened, blocks are shared, and GELU is its
   * approximation unless {@code hidden_act} says otherwise.
   */
  static BertConfig albert(ConfigKeys keys) {
    Gelu gelu = keys.text("hidden_act", "gelu_new").equals("gelu_new") ? Gelu.TANH : Gelu.EXACT;
    if (gelu == Gelu.EXACT) {
      keys.only("hidden_act", "gelu");
    }
    requireEncoder(keys);
    int d = keys.size("hidden_size", 4096);
    Embeddings narrow = positions(keys, keys.size("embedding_size", 128), d, Embeddings.NONE);
    int layers = keys.layers(12);
    int inner = keys.layers("inner_group_num", 1);
    Sharing sharing = new Sharing(layers, keys.layers("num_hidden_groups", 1), inner);
    return new BertConfig(
        keys.text("model_type", ""),
        keys.size("vocab_size", 30_000),
        d,
        new Embeddings(
            narrow.width, /* projected= */ true, narrow.maxPositions, narrow.padding, narrow.types),
        new Blocks(
            layers * inner,
            keys.size("num_attention_heads", 64),
            keys.size("intermediate_size", 16_384),
            gelu,
            keys.number("layer_norm_eps", 1e-12),
            sharing));
  }

  /** The same of an MPNet: positions as a RoBERTa's, no segments, and attention by distance. */
  static BertConfig mpnet(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    requireEncoder(keys);
    if (keys.size("relative_attention_num_buckets", RelativeAttention.BUCKETS)
        != RelativeAttention.BUCKETS) {
      throw keys.wrong(
          "relative_attention_num_buckets", RelativeAttention.BUCKETS + ", as it is computed");
    }
    int d = keys.size("hidden_size", 768);
    Embeddings all = positions(keys, d, d, MPNET_PADDING);
    return common(
        keys,
        30_527,
        d,
        12,
        3072,
        new Embeddings(d, /* projected= */ false, all.maxPositions, all.padding, /* types= */ 0));
  }

  /**
   * The same of a DeBERTa of version 2 or 3: attention is disentangled, and tokens have positions
   * of their own only where {@code position_biased_input} says so.
   */
  static BertConfig deberta(ConfigKeys keys) {
    keys.onlyIfPresent("hidden_act", "gelu");
    keys.onlyIfPresent("pooler_hidden_act", "gelu");
    requireEncoder(keys);
    if (keys.count("conv_kernel_size", 0) > 0) {
      throw keys.wrong("conv_kernel_size", "0 or absent: convolutions are not implemented");
    }
    int d = keys.size("hidden_size", 1536);
    int heads = keys.size("num_attention_heads", 24);
    requireSame(keys, "embedding_size", d);
    requireSame(keys, "pooler_hidden_size", d);
    requireSame(keys, "attention_head_size", d / heads);
    int positions = keys.size("max_position_embeddings", 512);
    int table = keys.flag("position_biased_input", true) ? Embeddings.NONE : Embeddings.NO_TABLE;
    return new BertConfig(
        keys.text("model_type", ""),
        keys.size("vocab_size", 128_100),
        d,
        new Embeddings(
            d, /* projected= */ false, positions, table, keys.count("type_vocab_size", 0)),
        Blocks.own(
            keys.layers(24),
            heads,
            keys.size("intermediate_size", 6144),
            keys.number("layer_norm_eps", 1e-7)),
        Disentangling.read(keys, positions));
  }

  private static void requireSame(ConfigKeys keys, String key, int value) {
    if (keys.has(key) && keys.size(key) != value) {
      throw keys.wrong(key, "absent or " + value + ", as another one is not implemented");
    }
  }

  private static Embeddings positions(ConfigKeys keys, int width, int d, int padding) {
    int positions = keys.size("max_position_embeddings", 512);
    if (positions <= padding + 1) {
      throw keys.wrong(
          "max_position_embeddings", "more than the token of padding + 1, where positions begin");
    }
    return new Embeddings(
        width, width != d, positions - padding - 1, padding, keys.size("type_vocab_size", 2));
  }

  /** The same of a DistilBERT, which has names of its own and no segments. */
  static BertConfig distilbert(ConfigKeys keys) {
    keys.onlyIfPresent("activation", "gelu");
    requireEncoder(keys);
    for (String other : List.of("hidden_size", "num_hidden_layers", "num_attention_heads")) {
      keys.absent(other, "a distilbert has dim, n_layers and n_heads");
    }
    int d = keys.size("dim", 768);
    return new BertConfig(
        keys.text("model_type", ""),
        keys.size("vocab_size", 30_522),
        d,
        new Embeddings(
            d, false, keys.size("max_position_embeddings", 512), Embeddings.NONE, /* types= */ 0),
        Blocks.own(
            keys.layers("n_layers", 6),
            keys.size("n_heads", 12),
            keys.size("hidden_dim", 3072),
            1e-12));
  }

  private static void requireEncoder(ConfigKeys keys) {
    keys.onlyIfPresent("position_embedding_type", "absolute");
    keys.quantization();
    if (keys.flag("is_decoder", false)) {
      throw keys.wrong("is_decoder", "false or absent: an encoder");
    }
  }

  @Override
  public int layers() {
    return blocks.count;
  }

  @Override
  public int heads() {
    return blocks.heads;
  }

  @Override
  public int intermediateSize() {
    return blocks.intermediateSize;
  }

  @Override
  public int maxPositions() {
    return embeddings.maxPositions;
  }

  /** What tokenizers may give tokens: none of a family that has them all in the first segment. */
  @Override
  public int typeVocabSize() {
    return family().segments() ? embeddings.types : 0;
  }

  BertFamily family() {
    return BertFamily.of(modelType);
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + value);
    }
  }
}
