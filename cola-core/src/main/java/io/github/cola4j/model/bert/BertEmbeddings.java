package io.github.cola4j.model.bert;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.weight.Weight;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What the first block gets: X = LN(word + position + segment) of each token, [e × T], or P of it
 * where a linear layer makes embeddings as wide as the blocks (ELECTRA, arXiv 2003.10555).
 */
final class BertEmbeddings {
  static final String POSITIONS = "embeddings.position_embeddings.weight";

  private final BertConfig config;
  private final Weight words; // [vocabulary × e]
  private final Matrix positions; // [e × positions], null for none
  private final Matrix types; // [e × types], null for none
  private final LayerNorm norm;
  private final FrozenLinear projection; // P [d × e], null for none

  /** X [d × T], and what the projection's adapter kept. */
  record Saved(Matrix x, Adapter.Saved projection) {}

  BertEmbeddings(BertConfig config, WeightLoader load) {
    this.config = config;
    BertConfig.Embeddings sizes = config.embeddings();
    int e = sizes.width();
    words = load.embedding("embeddings.word_embeddings.weight", e, config.vocabSize());
    positions = sizes.hasPositions() ? load.table(POSITIONS, e, sizes.positions()) : null;
    types =
        sizes.types() == 0
            ? null
            : load.table("embeddings.token_type_embeddings.weight", e, sizes.types());
    norm = load.layerNorm("embeddings.LayerNorm", e, config.blocks().layerNormEps());
    projection =
        sizes.projected()
            ? load.linear(config.family().blocks().projection(), config.hiddenSize(), e, true)
            : null;
  }

  private BertEmbeddings(BertEmbeddings other, FrozenLinear projection) {
    this.config = other.config;
    this.words = other.words;
    this.positions = other.positions;
    this.types = other.types;
    this.norm = other.norm;
    this.projection = projection;
  }

  BertEmbeddings withLinears(UnaryOperator<FrozenLinear> change) {
    return projection == null ? this : new BertEmbeddings(this, change.apply(projection));
  }

  /** The projection, if there is one. */
  List<FrozenLinear> linears() {
    return projection == null ? List.of() : List.of(projection);
  }

  /** Gives X, in the pass's working memory. */
  Saved forward(Pass pass, Adapters adapters, TokenBatch batch) {
    batch.requireFit(config.maxPositions(), config.vocabSize());
    int e = config.embeddings().width();
    Matrix sum = pass.matrix(e, batch.tokens());
    words.gather(pass, batch.ids(), false, sum);
    if (positions != null) {
      pass.kernels().gather(positions, positions(batch, config.embeddings().padding()), true, sum);
    }
    if (types != null) {
      pass.kernels().gather(types, segments(batch), true, sum);
    }
    Matrix narrow = pass.matrix(e, batch.tokens());
    norm.forward(pass, sum, narrow);
    if (projection == null) {
      return new Saved(narrow, null);
    }
    Matrix x = pass.matrix(config.hiddenSize(), batch.tokens());
    Adapter adapter = adapters.get(projection);
    return new Saved(x, AdaptedLinear.forward(pass, projection, adapter, narrow, x));
  }

  /** Whether anything below the first block is trained. */
  boolean isAdapted(Adapters adapters) {
    return projection != null && adapters.get(projection) != null;
  }

  /** Adds to the projection's gradient. */
  void backward(Pass pass, Adapters adapters, Saved saved, Matrix dX) {
    AdaptedLinear.backward(
        pass, projection, adapters.get(projection), saved.projection, dX, 0, null);
  }

  /** The tokenizer's, or the first of all. */
  private int[] segments(TokenBatch batch) {
    if (!config.family().segments()) {
      return new int[batch.tokens()];
    }
    batch.requireTypes(config.embeddings().types());
    return batch.typeIds();
  }

  /**
   * The position of every token: of RoBERTa the padding's number and how many tokens of the
   * sequence up to this one are no padding. A text may have the token of padding in its midst.
   */
  private static int[] positions(TokenBatch batch, int padding) {
    if (padding == BertConfig.Embeddings.NONE) {
      return batch.positions();
    }
    int[] positions = new int[batch.tokens()];
    for (int s = 0; s < batch.sequences(); s++) {
      int tokens = 0;
      for (int t = batch.starts()[s]; t < batch.starts()[s + 1]; t++) {
        positions[t] = batch.ids()[t] == padding ? padding : padding + ++tokens;
      }
    }
    return positions;
  }

  Weight words() {
    return words;
  }
}
