package io.github.cola4j.model.bert;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.weight.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen BERT (arXiv 1810.04805) with mean pooling over each sequence's own tokens, as sentence
 * encoders use it (arXiv 1908.10084). Immutable and shared by all threads; tokens are columns,
 * nothing is padded.
 */
public final class BertEncoder implements Encoder {
  /** 0, 1, 2, …, which older files have. */
  private static final String POSITION_IDS = "embeddings.position_ids";

  private final BertConfig config;
  private final Weight words; // [vocabulary × d]
  private final Matrix positions; // [d × positions]
  private final Matrix types; // [d × types]
  private final LayerNorm norm;
  private final List<BertLayer> layers;
  private final long parameters;

  /** What the backward needs. */
  private record Kept(TokenBatch batch, List<BertLayer.Saved> layers, Matrix hidden) {}

  /**
   * Loads a model, checking every shape against its configuration.
   *
   * @param type FLOAT, or DOUBLE for gradient checks
   */
  public BertEncoder(BertConfig config, Weights weights, DataType type) {
    this(config, new WeightLoader(weights, type));
  }

  /** Loads a model, checking every shape against its configuration. */
  public BertEncoder(BertConfig config, WeightLoader load) {
    this.config = config;
    int d = config.hiddenSize();
    words = load.embedding("embeddings.word_embeddings.weight", d, config.vocabSize());
    positions = load.table("embeddings.position_embeddings.weight", d, config.maxPositions());
    types = load.table("embeddings.token_type_embeddings.weight", d, config.typeVocabSize());
    norm = load.layerNorm("embeddings.LayerNorm", d, config.layerNormEps());
    layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      String layer = "encoder.layer." + i + ".";
      layers.add(
          new BertLayer(
              load.linear(layer + "attention.self.query", d, d, true),
              load.linear(layer + "attention.self.key", d, d, true),
              load.linear(layer + "attention.self.value", d, d, true),
              load.linear(layer + "attention.output.dense", d, d, true),
              load.layerNorm(layer + "attention.output.LayerNorm", d, config.layerNormEps()),
              load.linear(layer + "intermediate.dense", config.intermediateSize(), d, true),
              load.linear(layer + "output.dense", d, config.intermediateSize(), true),
              load.layerNorm(layer + "output.LayerNorm", d, config.layerNormEps()),
              config.heads()));
    }
    load.requireAllRead(name -> name.equals(POSITION_IDS) || isHead(name));
    parameters = load.parameters();
  }

  /** Whether a tensor is on top of the encoder: a pooler, the head it was pre-trained with. */
  private static boolean isHead(String name) {
    return !name.startsWith("embeddings.") && !name.startsWith("encoder.");
  }

  /** The tensors of heads that somebody trained, which classifications do not use. */
  public static List<String> unusedHeads(Weights weights) {
    return weights.names().stream()
        .filter(BertEncoder::isHead)
        .filter(name -> !name.startsWith("pooler.") && !name.startsWith("cls."))
        .filter(name -> !name.contains("::")) // an ONNX graph's own constants
        .toList();
  }

  @Override
  public BertConfig config() {
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

  private BertEncoder(BertEncoder other, UnaryOperator<FrozenLinear> change) {
    this.config = other.config;
    this.words = other.words;
    this.positions = other.positions;
    this.types = other.types;
    this.norm = other.norm;
    this.layers = other.layers.stream().map(layer -> layer.withLinears(change)).toList();
    this.parameters = other.parameters;
  }

  @Override
  public BertEncoder withLinears(UnaryOperator<FrozenLinear> change) {
    return new BertEncoder(this, change);
  }

  @Override
  public long parameters() {
    return parameters;
  }

  @Override
  public Pooling pooling() {
    return Pooling.MEAN;
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, TokenBatch batch) {
    Matrix pooled = pass.matrix(config.hiddenSize(), batch.sequences());
    Matrix hidden = embed(pass, batch);
    Matrix other = pass.matrix(hidden.rows(), hidden.columns());
    for (BertLayer layer : layers) {
      var mark = pass.arena().mark();
      layer.forward(pass, adapters, hidden, batch, other);
      pass.arena().release(mark);
      Matrix next = other;
      other = hidden;
      hidden = next;
    }
    pooling().forward(pass, hidden, batch, pooled);
    return pooled;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, TokenBatch batch, Matrix pooled) {
    Matrix hidden = embed(pass, batch);
    List<BertLayer.Saved> saved = new ArrayList<>(layers.size());
    for (BertLayer layer : layers) {
      Matrix next = pass.matrix(hidden.rows(), hidden.columns());
      saved.add(layer.forward(pass, adapters, hidden, batch, next));
      hidden = next;
    }
    pooling().forward(pass, hidden, batch, pooled);
    Kept kept = new Kept(batch, saved, hidden);
    return (backward, trained, dPooled) -> backward(backward, trained, kept, dPooled);
  }

  private void backward(Pass pass, Adapters adapters, Kept saved, Matrix dPooled) {
    int lowest = lowestAdapted(adapters);
    if (lowest == layers.size()) {
      return;
    }
    Matrix dY = pass.matrix(saved.hidden().rows(), saved.hidden().columns());
    Matrix dX = pass.matrix(saved.hidden().rows(), saved.hidden().columns());
    pooling().backward(pass, dPooled, saved.batch(), dY);
    for (int i = layers.size() - 1; i >= lowest; i--) {
      Matrix below = i == lowest ? null : dX;
      layers.get(i).backward(pass, adapters, saved.layers().get(i), saved.batch(), dY, below);
      dX = dY;
      dY = below;
    }
  }

  private int lowestAdapted(Adapters adapters) {
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).linears().stream().anyMatch(linear -> adapters.get(linear) != null)) {
        return i;
      }
    }
    return layers.size();
  }

  /** LN(word + position + type) of each token. */
  private Matrix embed(Pass pass, TokenBatch batch) {
    batch.requireFit(config.maxPositions(), config.vocabSize());
    batch.requireTypes(config.typeVocabSize());
    Matrix sum = pass.matrix(config.hiddenSize(), batch.tokens());
    words.gather(pass, batch.ids(), false, sum);
    pass.kernels().gather(positions, batch.positions(), true, sum);
    pass.kernels().gather(types, batch.typeIds(), true, sum);
    Matrix hidden = pass.matrix(config.hiddenSize(), batch.tokens());
    norm.forward(pass, sum, hidden);
    return hidden;
  }
}
