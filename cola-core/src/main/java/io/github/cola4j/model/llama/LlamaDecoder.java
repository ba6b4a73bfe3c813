package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.LanguageModelHead;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.Norm;
import io.github.cola4j.nn.layer.RotaryAngles;
import io.github.cola4j.nn.layer.Scaling;
import io.github.cola4j.nn.weight.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen decoder of the Llama family ({@link LlamaConfig}). Immutable and shared by all threads;
 * tokens are columns, sequences lie side by side and never see each other, nothing is padded.
 */
public final class LlamaDecoder implements Decoder {
  /** Of transformers' {@code …ForSequenceClassification}; a task has a head of its own. */
  static final String CLASSIFIER = "score.weight";

  private static final String HEAD = "lm_head.weight";
  private static final String EMBEDDINGS = "model.embed_tokens.weight";

  private final LlamaConfig config;
  private final List<RotaryAngles> rotary; // of each block
  private final Weight embeddings; // [vocabulary × d]
  private final Scaling embeddingScaling; // null for none
  private final List<LlamaLayer> layers;
  private final Norm norm;
  private final LanguageModelHead head;
  private final long parameters;

  /**
   * What the backward needs.
   *
   * @param tokens of each block
   * @param inputs of each block that is differentiated, from the lowest adapted one on [d × T]
   * @param layers what these blocks kept; empty where they are computed again
   */
  private record Kept(
      List<LlamaLayer.Tokens> tokens,
      List<Matrix> inputs,
      List<LlamaLayer.Saved> layers,
      Norm.Saved norm) {}

  /**
   * Loads a model, checking every shape against its configuration.
   *
   * @param type FLOAT, or DOUBLE for gradient checks
   */
  public LlamaDecoder(LlamaConfig config, Weights weights, DataType type) {
    this(config, new WeightLoader(weights, type));
  }

  /** Loads a model, checking every shape against its configuration. */
  public LlamaDecoder(LlamaConfig config, WeightLoader load) {
    this.config = config;
    this.rotary = RotaryAngles.of(config.rotary());
    Weights weights = load.weights();
    int d = config.hiddenSize();
    embeddings = load.embedding(EMBEDDINGS, d, config.vocabSize());
    embeddingScaling = Scaling.of(load.type(), config.multipliers().embeddings(), d);
    layers = LlamaBlocks.load(config, load);
    norm = LlamaBlocks.norm(config, load, "model.norm");
    head =
        new LanguageModelHead(
            config.tied() ? load.tied(EMBEDDINGS, embeddings) : projection(load),
            Scaling.of(load.type(), config.multipliers().logits(), d),
            config.multipliers().cap());
    if (config.tied() && weights.names().contains(HEAD)) {
      requireTied(weights);
    }
    load.requireAllRead(
        name ->
            name.endsWith("rotary_emb.inv_freq")
                || name.equals(CLASSIFIER)
                || (config.tied() && name.equals(HEAD)));
    parameters = load.parameters();
  }

  private Weight projection(WeightLoader load) {
    Weights weights = load.weights();
    if (!weights.names().contains(HEAD) && !weights.unreadable().containsKey(HEAD)) {
      throw new IllegalArgumentException(
          weights.source()
              + " has no "
              + HEAD
              + ", and tie_word_embeddings of config.json is false or left out; set it to true if"
              + " the model writes by its token table, else add the missing tensor");
    }
    return load.projection(HEAD, config.hiddenSize(), config.vocabSize());
  }

  /** Releases of transformers differ in which of two tables they use. */
  private void requireTied(Weights weights) {
    int d = config.hiddenSize();
    weights.read(
        HEAD,
        (first, some) -> {
          if (!Arrays.equals(some, embeddings.rows(first, first + some.length / d))) {
            throw new IllegalArgumentException(
                weights.source()
                    + ": tie_word_embeddings of config.json is true, and "
                    + HEAD
                    + " is not the token table; set it to false to use both, or remove the tensor");
          }
        },
        config.vocabSize(),
        d);
  }

  @Override
  public LlamaConfig config() {
    return config;
  }

  @Override
  public DataType type() {
    return embeddings.type();
  }

  @Override
  public List<FrozenLinear> linears() {
    return layers.stream().flatMap(layer -> layer.linears().stream()).toList();
  }

  private LlamaDecoder(LlamaDecoder other, UnaryOperator<FrozenLinear> change) {
    this.config = other.config;
    this.rotary = other.rotary;
    this.embeddings = other.embeddings;
    this.embeddingScaling = other.embeddingScaling;
    this.layers = other.layers.stream().map(layer -> layer.withLinears(change)).toList();
    this.norm = other.norm;
    this.head = other.head;
    this.parameters = other.parameters;
  }

  @Override
  public LlamaDecoder withLinears(UnaryOperator<FrozenLinear> change) {
    return new LlamaDecoder(this, change);
  }

  @Override
  public long parameters() {
    return parameters;
  }

  @Override
  public LanguageModelHead head() {
    return head;
  }

  /** The last block's queries, output and feed-forward are computed for the chosen tokens only. */
  @Override
  public Saved forward(
      Pass pass,
      Adapters adapters,
      TokenBatch batch,
      int[] chosen,
      boolean recompute,
      Matrix hidden) {
    Kept kept = forward(pass, adapters, batch, chosen, lowestAdapted(adapters), recompute, hidden);
    return (backward, trained, dHidden) -> backward(backward, trained, kept, dHidden);
  }

  private Kept forward(
      Pass pass,
      Adapters adapters,
      TokenBatch batch,
      int[] chosen,
      int lowest,
      boolean recompute,
      Matrix hidden) {
    batch.requireFit(config.maxPositions(), config.vocabSize());
    List<LlamaLayer.Tokens> tokens =
        new Rotations(rotary, batch.positions(), batch.lengths())
            .tokens(pass, AttentionSpans.of(batch), AttentionSpans.of(batch, chosen), chosen);
    List<Matrix> inputs = new ArrayList<>();
    List<LlamaLayer.Saved> saved = new ArrayList<>();
    Matrix x = embed(pass, batch);
    Matrix spare = pass.matrix(x.rows(), x.columns());
    for (int i = 0; i < layers.size(); i++) {
      boolean isLast = i == layers.size() - 1;
      boolean kept = isLast || i + 1 >= lowest;
      Matrix y = kept ? pass.matrix(x.rows(), isLast ? chosen.length : x.columns()) : spare;
      var mark = pass.arena().mark();
      LlamaLayer.Saved block = layers.get(i).forward(pass, adapters, x, tokens.get(i), null, y);
      if (i < lowest || recompute) {
        pass.arena().release(mark);
      } else {
        saved.add(block);
      }
      if (i >= lowest) {
        inputs.add(x);
      } else {
        spare = x;
      }
      x = y;
    }
    return new Kept(tokens, inputs, saved, norm.forward(pass, x, hidden));
  }

  @Override
  public void encode(Pass pass, Adapters adapters, TokenBatch batch, int[] chosen, Matrix hidden) {
    forward(pass, adapters, batch, chosen, layers.size(), true, hidden);
  }

  private void backward(Pass pass, Adapters adapters, Kept saved, Matrix dHidden) {
    if (saved.inputs.isEmpty()) {
      return;
    }
    Matrix dY = pass.matrix(dHidden.rows(), dHidden.columns());
    norm.backward(pass, saved.norm, dHidden, dY);
    Matrix even = pass.matrix(dHidden.rows(), saved.inputs.get(0).columns());
    Matrix odd = pass.matrix(dHidden.rows(), saved.inputs.get(0).columns());
    int lowest = layers.size() - saved.inputs.size();
    for (int i = layers.size() - 1; i >= lowest; i--) {
      LlamaLayer.Tokens tokens = saved.tokens.get(i);
      Matrix dX = i == lowest ? null : i % 2 == 0 ? even : odd;
      var mark = pass.arena().mark();
      LlamaLayer.Saved kept =
          saved.layers.isEmpty()
              ? again(pass, adapters, layers.get(i), saved.inputs.get(i - lowest), tokens, dY)
              : saved.layers.get(i - lowest);
      layers.get(i).backward(pass, adapters, kept, tokens, dY, dX);
      pass.arena().release(mark);
      dY = dX;
    }
  }

  private static LlamaLayer.Saved again(
      Pass pass,
      Adapters adapters,
      LlamaLayer layer,
      Matrix x,
      LlamaLayer.Tokens tokens,
      Matrix like) {
    Matrix y = pass.matrix(like.rows(), like.columns());
    return layer.forward(pass, adapters, x, tokens, null, y);
  }

  @Override
  public Continuation start(int[] room) {
    return new LlamaContinuation(this, room);
  }

  private int lowestAdapted(Adapters adapters) {
    return adapters.lowest(layers.stream().map(LlamaLayer::linears).toList());
  }

  /** The blocks' input of new tokens [d × T], in the pass's working memory. */
  Matrix embed(Pass pass, TokenBatch batch) {
    Matrix x = pass.matrix(config.hiddenSize(), batch.tokens());
    embeddings.gather(pass, batch.ids(), false, x);
    if (embeddingScaling != null) {
      embeddingScaling.forward(pass, x, x);
    }
    return x;
  }

  /** The angles that each block turns by. */
  List<RotaryAngles> rotary() {
    return rotary;
  }

  LlamaLayer layer(int i) {
    return layers.get(i);
  }

  /** The normalisation after the last block. */
  Norm norm() {
    return norm;
  }
}
