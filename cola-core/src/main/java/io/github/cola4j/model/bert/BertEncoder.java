package io.github.cola4j.model.bert;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.pooling.ClassifierLayer;
import io.github.cola4j.model.pooling.Pooler;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen BERT (arXiv 1810.04805), or an encoder of its block, with mean pooling over each
 * sequence's own tokens, as sentence encoders use it (arXiv 1908.10084). Immutable and shared by
 * all threads; tokens are columns, nothing is padded.
 */
public final class BertEncoder implements Encoder {
  /** 0, 1, 2, …, which older files have. */
  private static final String POSITION_IDS = "embeddings.position_ids";

  private final BertConfig config;
  private final BertEmbeddings embeddings;
  private final List<BertLayer> layers;
  private final RelativeAttention relative; // null for none
  private final DisentangledAttention disentangled; // null for none
  private final long parameters;
  private final Pooling pooling;
  private final Pooler pooler;
  private final ClassifierLayer head; // null where the files have none

  /** What the backward needs. */
  private record Kept(
      TokenBatch batch,
      BertEmbeddings.Saved embeddings,
      PlacedAttention placed,
      List<BertLayer.Saved> layers,
      Matrix hidden,
      Pooler.Saved pooled) {}

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
    embeddings = new BertEmbeddings(config, load);
    relative = config.family().hasRelativeAttention() ? new RelativeAttention(config, load) : null;
    disentangled = config.disentangling() == null ? null : new DisentangledAttention(config, load);
    layers = new ArrayList<>();
    for (int i = 0; i < config.blocks().sharing().blocks(config.layers()); i++) {
      layers.add(BertLayer.load(config, i, load));
    }
    load.requireAllRead(name -> isUnread(config, name));
    parameters = load.parameters();
    head = head(config, load);
    pooling = Pooling.MEAN;
    pooler = Pooler.mean();
  }

  /** Whether nothing is missed where a tensor is not read. */
  private static boolean isUnread(BertConfig config, String name) {
    boolean noPositions =
        !config.embeddings().hasPositions() && name.equals(BertEmbeddings.POSITIONS);
    return name.equals(POSITION_IDS) || noPositions || isHead(config.family(), name);
  }

  /** The family's own classifier without its last layer, if somebody has trained one. */
  private static ClassifierLayer head(BertConfig config, WeightLoader load) {
    String name = config.family().classifierLayer();
    if (!load.weights().names().contains(name + ".weight")) {
      return null;
    }
    int d = config.hiddenSize();
    return new ClassifierLayer(
        Pooler.first(), load.top(name, d, d, true), config.family().activation(), null);
  }

  /** Whether a tensor is on top of the encoder: a pooler, the head it was pre-trained with. */
  private static boolean isHead(BertFamily family, String name) {
    return !name.startsWith("embeddings") && !name.startsWith(family.blocks().root());
  }

  /** The tensors of heads that somebody trained, which classifications do not use. */
  static List<String> unusedHeads(BertFamily family, Weights weights) {
    return weights.names().stream()
        .filter(name -> isHead(family, name))
        .filter(name -> !name.startsWith(family.classifierLayer() + "."))
        .filter(name -> family.preTraining().stream().noneMatch(name::startsWith))
        .filter(name -> !name.contains("::")) // an ONNX graph's own constants
        .toList();
  }

  @Override
  public BertConfig config() {
    return config;
  }

  @Override
  public DataType type() {
    return embeddings.words().type();
  }

  @Override
  public List<FrozenLinear> linears() {
    return Stream.concat(
            embeddings.linears().stream(),
            layers.stream().flatMap(layer -> layer.linears().stream()))
        .toList();
  }

  private BertEncoder(BertEncoder other, UnaryOperator<FrozenLinear> change) {
    this.config = other.config;
    this.embeddings = other.embeddings.withLinears(change);
    this.relative = other.relative;
    this.disentangled = other.disentangled;
    this.layers = other.layers.stream().map(layer -> layer.withLinears(change)).toList();
    this.parameters = other.parameters;
    this.head = other.head;
    this.pooling = other.pooling;
    this.pooler = other.pooler;
  }

  private BertEncoder(BertEncoder other, Pooling pooling) {
    this.config = other.config;
    this.embeddings = other.embeddings;
    this.relative = other.relative;
    this.disentangled = other.disentangled;
    this.layers = other.layers;
    this.parameters = other.parameters;
    this.head = other.head;
    this.pooling = pooling;
    this.pooler = Pooler.of(pooling, head);
  }

  @Override
  public BertEncoder withLinears(UnaryOperator<FrozenLinear> change) {
    return new BertEncoder(this, change);
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
  public BertEncoder withPooling(Pooling other) {
    return new BertEncoder(this, other);
  }

  @Override
  public List<FrozenLinear> classifierLayers() {
    return head == null ? List.of() : List.of(head.dense());
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, SequenceBatch texts) {
    TokenBatch batch = TokenBatch.of(texts);
    Matrix pooled = pass.matrix(config.hiddenSize(), batch.sequences());
    Matrix hidden = embeddings.forward(pass, adapters, batch).x();
    Matrix other = pass.matrix(hidden.rows(), hidden.columns());
    PlacedAttention placed = placed(pass, batch);
    for (int i = 0; i < config.layers(); i++) {
      var mark = pass.arena().mark();
      layer(i).forward(pass, adapters, hidden, batch, placed, other);
      pass.arena().release(mark);
      Matrix next = other;
      other = hidden;
      hidden = next;
    }
    pooler.forward(pass, hidden, batch, pooled);
    return pooled;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, SequenceBatch texts, Matrix pooled) {
    TokenBatch batch = TokenBatch.of(texts);
    BertEmbeddings.Saved embedded = embeddings.forward(pass, adapters, batch);
    Matrix hidden = embedded.x();
    PlacedAttention placed = placed(pass, batch);
    List<BertLayer.Saved> saved = new ArrayList<>(config.layers());
    for (int i = 0; i < config.layers(); i++) {
      Matrix next = pass.matrix(hidden.rows(), hidden.columns());
      saved.add(layer(i).forward(pass, adapters, hidden, batch, placed, next));
      hidden = next;
    }
    Pooler.Saved tokens = pooler.forward(pass, hidden, batch, pooled);
    Kept kept = new Kept(batch, embedded, placed, saved, hidden, tokens);
    return (backward, trained, dPooled) -> backward(backward, trained, kept, dPooled);
  }

  /** Attention by where tokens are; null for none. */
  private PlacedAttention placed(Pass pass, TokenBatch batch) {
    if (disentangled != null) {
      return disentangled.of(pass, batch);
    }
    return relative == null ? null : relative.of(pass, batch);
  }

  /** The block that is computed at a place. */
  private BertLayer layer(int place) {
    return layers.get(config.blocks().sharing().blockAt(place));
  }

  private void backward(Pass pass, Adapters adapters, Kept saved, Matrix dPooled) {
    int lowest = lowestAdapted(adapters);
    if (lowest == config.layers()) {
      return;
    }
    Matrix dY = pass.matrix(saved.hidden().rows(), saved.hidden().columns());
    Matrix dX = pass.matrix(saved.hidden().rows(), saved.hidden().columns());
    saved.pooled().backward(pass, dPooled, dY);
    for (int i = config.layers() - 1; i >= Math.max(0, lowest); i--) {
      Matrix below = i == lowest ? null : dX;
      layer(i)
          .backward(
              pass, adapters, saved.layers().get(i), saved.batch(), saved.placed(), dY, below);
      dX = dY;
      dY = below;
    }
    if (lowest < 0) {
      embeddings.backward(pass, adapters, saved.embeddings(), dY);
    }
  }

  /** The first block with an adapter, −1 if the embeddings have one; above all if nothing has. */
  private int lowestAdapted(Adapters adapters) {
    if (embeddings.isAdapted(adapters)) {
      return -1;
    }
    return adapters.lowest(
        IntStream.range(0, config.layers()).mapToObj(i -> layer(i).linears()).toList());
  }
}
