package io.github.cola4j.model.modernbert;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.pooling.Activation;
import io.github.cola4j.model.pooling.ClassifierLayer;
import io.github.cola4j.model.pooling.Pooler;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.layer.RotaryAngles;
import io.github.cola4j.nn.weight.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen ModernBERT (arXiv 2412.13663): token embeddings without positions, normalised; blocks
 * that rotate queries and keys; a last normalisation. Immutable and shared by all threads; tokens
 * are columns, nothing is padded.
 */
public final class ModernBertEncoder implements Encoder {
  static final String WORDS = "embeddings.tok_embeddings.weight";

  /** The linear layer that the model's own classifier has below its last. */
  static final String HEAD_DENSE = "head.dense";

  private final ModernBertConfig config;
  private final Weight words; // [vocabulary × d]
  private final LayerNorm norm; // of the embeddings
  private final List<ModernBertLayer> layers;
  private final LayerNorm finalNorm;
  private final RotaryAngles global;
  private final RotaryAngles local;
  private final long parameters;
  private final ClassifierLayer head; // null where the files have none
  private final Pooling pooling;
  private final Pooler pooler;

  /** What the backward needs. */
  private record Kept(
      List<ModernBertLayer.Tokens> tokens,
      List<ModernBertLayer.Saved> layers,
      LayerNorm.Saved norm,
      Pooler.Saved pooled) {}

  /** Loads a model, checking every shape against its configuration. */
  public ModernBertEncoder(ModernBertConfig config, WeightLoader load) {
    this.config = config;
    int d = config.hiddenSize();
    double eps = config.normEps();
    boolean shifts = config.biases().norm();
    words = load.embedding(WORDS, d, config.vocabSize());
    norm = load.layerNorm("embeddings.norm", d, eps, shifts);
    layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      layers.add(ModernBertLayer.load(config, i, load));
    }
    finalNorm = load.layerNorm("final_norm", d, eps, shifts);
    load.requireAllRead(ModernBertEncoder::isHead);
    parameters = load.parameters();
    global = new RotaryAngles(config.rotation(false));
    local = new RotaryAngles(config.rotation(true));
    head = head(config, load);
    pooling = Pooling.MEAN;
    pooler = Pooler.mean();
  }

  /** The classifier without its last layer, which pre-training has too. */
  private static ClassifierLayer head(ModernBertConfig config, WeightLoader load) {
    if (!load.weights().names().contains(HEAD_DENSE + ".weight")) {
      return null;
    }
    int d = config.hiddenSize();
    return new ClassifierLayer(
        Pooler.of(config.classifierTokens(), null),
        load.top(HEAD_DENSE, d, d, config.biases().classifier()),
        Activation.GELU,
        load.layerNorm("head.norm", d, config.normEps(), config.biases().norm()));
  }

  /** Whether a tensor is on top of the encoder. */
  private static boolean isHead(String name) {
    return !name.startsWith("embeddings.")
        && !name.startsWith("layers.")
        && !name.startsWith("final_norm.");
  }

  /** The tensors of heads that somebody trained, which classifications do not use. */
  static List<String> unusedHeads(Weights weights) {
    return weights.names().stream()
        .filter(ModernBertEncoder::isHead)
        .filter(name -> !name.startsWith("head.") && !name.startsWith("decoder."))
        .toList();
  }

  private ModernBertEncoder(
      ModernBertEncoder other, List<ModernBertLayer> layers, Pooling pooling) {
    this.config = other.config;
    this.words = other.words;
    this.norm = other.norm;
    this.layers = layers;
    this.finalNorm = other.finalNorm;
    this.global = other.global;
    this.local = other.local;
    this.parameters = other.parameters;
    this.head = other.head;
    this.pooling = pooling;
    this.pooler = Pooler.of(pooling, head);
  }

  @Override
  public ModernBertConfig config() {
    return config;
  }

  @Override
  public DataType type() {
    return words.type();
  }

  @Override
  public List<FrozenLinear> linears() {
    return layers.stream().flatMap(layer -> layer.linears().stream()).toList();
  }

  @Override
  public ModernBertEncoder withLinears(UnaryOperator<FrozenLinear> change) {
    return new ModernBertEncoder(
        this, layers.stream().map(layer -> layer.withLinears(change)).toList(), pooling);
  }

  @Override
  public long parameters() {
    return parameters + (pooling == Pooling.HEAD ? head.parameters() : 0);
  }

  @Override
  public Pooling pooling() {
    return pooling;
  }

  @Override
  public ModernBertEncoder withPooling(Pooling other) {
    return new ModernBertEncoder(this, layers, other);
  }

  @Override
  public List<FrozenLinear> classifierLayers() {
    return head == null ? List.of() : List.of(head.dense());
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, SequenceBatch texts) {
    TokenBatch batch = TokenBatch.of(texts);
    Matrix pooled = pass.matrix(config.hiddenSize(), batch.sequences());
    List<ModernBertLayer.Tokens> tokens = tokens(pass, batch);
    Matrix hidden = embed(pass, batch);
    Matrix other = pass.matrix(hidden.rows(), hidden.columns());
    for (int i = 0; i < layers.size(); i++) {
      var mark = pass.arena().mark();
      layers.get(i).forward(pass, adapters, hidden, tokens.get(i), other);
      pass.arena().release(mark);
      Matrix next = other;
      other = hidden;
      hidden = next;
    }
    finalNorm.forward(pass, hidden, other);
    pooler.forward(pass, other, batch, pooled);
    return pooled;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, SequenceBatch texts, Matrix pooled) {
    TokenBatch batch = TokenBatch.of(texts);
    List<ModernBertLayer.Tokens> tokens = tokens(pass, batch);
    Matrix hidden = embed(pass, batch);
    List<ModernBertLayer.Saved> saved = new ArrayList<>(layers.size());
    for (int i = 0; i < layers.size(); i++) {
      Matrix next = pass.matrix(hidden.rows(), hidden.columns());
      saved.add(layers.get(i).forward(pass, adapters, hidden, tokens.get(i), next));
      hidden = next;
    }
    Matrix last = pass.matrix(hidden.rows(), hidden.columns());
    LayerNorm.Saved normalised = finalNorm.forward(pass, hidden, last);
    Kept kept = new Kept(tokens, saved, normalised, pooler.forward(pass, last, batch, pooled));
    return (backward, trained, dPooled) -> backward(backward, trained, kept, dPooled);
  }

  /** X [d × T] of the first block. */
  private Matrix embed(Pass pass, TokenBatch batch) {
    batch.requireFit(config.maxPositions(), config.vocabSize());
    Matrix raw = pass.matrix(config.hiddenSize(), batch.tokens());
    words.gather(pass, batch.ids(), false, raw);
    Matrix x = pass.matrix(raw.rows(), raw.columns());
    norm.forward(pass, raw, x);
    return x;
  }

  /** What each block needs to know of the batch. */
  private List<ModernBertLayer.Tokens> tokens(Pass pass, TokenBatch batch) {
    ModernBertLayer.Tokens everywhere = tokens(pass, batch, global, LocalAttention.ALL);
    ModernBertLayer.Tokens near = tokens(pass, batch, local, config.attention().reach());
    return config.attention().local().stream().map(each -> each ? near : everywhere).toList();
  }

  private ModernBertLayer.Tokens tokens(
      Pass pass, TokenBatch batch, RotaryAngles rotary, int reach) {
    return new ModernBertLayer.Tokens(
        batch,
        LocalAttention.of(pass, batch, config.heads(), reach),
        rotary.of(pass, batch.positions(), batch.lengths()));
  }

  private void backward(Pass pass, Adapters adapters, Kept saved, Matrix dPooled) {
    int lowest = adapters.lowest(layers.stream().map(ModernBertLayer::linears).toList());
    if (lowest == layers.size()) {
      return;
    }
    Matrix last = saved.norm().x();
    Matrix dY = pass.matrix(last.rows(), last.columns());
    Matrix dX = pass.matrix(last.rows(), last.columns());
    saved.pooled().backward(pass, dPooled, dY);
    finalNorm.backward(pass, saved.norm(), dY, dY);
    for (int i = layers.size() - 1; i >= lowest; i--) {
      Matrix below = i == lowest ? null : dX;
      ModernBertLayer layer = layers.get(i);
      layer.backward(pass, adapters, saved.layers().get(i), saved.tokens().get(i), dY, below);
      dX = dY;
      dY = below;
    }
  }
}
