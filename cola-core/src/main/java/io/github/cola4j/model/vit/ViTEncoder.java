package io.github.cola4j.model.vit;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.image.ImageSize;
import io.github.cola4j.io.weights.Weights;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.pooling.Pooler;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.ImageBatch;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen Vision Transformer (arXiv 2010.11929): patches and a class token, blocks, a last
 * normalisation. Its own classifier looks at the class token, and so does {@link Pooling#HEAD}.
 * Immutable and shared by all threads; tokens are columns.
 *
 * <p>With {@link #withTokenMerging} blocks merge tokens (ToMe, arXiv 2210.09461). {@link
 * Pooling#MEAN} then weights tokens by what they stand for.
 */
public final class ViTEncoder implements Encoder {
  private final ViTConfig config;
  private final ViTEmbeddings embeddings;
  private final List<ViTLayer> layers;
  private final LayerNorm norm;
  private final long parameters;
  private final Pooling pooling;
  private final Pooler pooler;
  private final TokenMerging merging; // null for none

  /** What the backward needs. */
  private record Kept(
      int tokens, List<ViTLayer.Saved> layers, LayerNorm.Saved norm, Pooler.Saved pooled) {}

  /** Loads a model, checking every shape against its configuration. */
  public ViTEncoder(ViTConfig config, WeightLoader load) {
    this.config = config;
    embeddings = new ViTEmbeddings(config, load);
    layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      layers.add(ViTLayer.load(config, i, load));
    }
    norm = load.layerNorm("layernorm", config.hiddenSize(), config.layerNormEps());
    load.requireAllRead(ViTEncoder::isUnread);
    parameters = load.parameters();
    pooling = Pooling.CLS;
    pooler = Pooler.first();
    merging = null;
  }

  private ViTEncoder(
      ViTEncoder other, List<ViTLayer> layers, Pooling pooling, TokenMerging merging) {
    if (merging != null && pooling == Pooling.LAST) {
      throw new IllegalArgumentException(
          "pooling: expected mean, cls or head, got last: adapter.tokenMerging may merge the last"
              + " patch into another");
    }
    this.config = other.config;
    this.embeddings = other.embeddings;
    this.layers = layers;
    this.norm = other.norm;
    this.parameters = other.parameters;
    this.pooling = pooling;
    this.pooler = Pooler.of(pooling, Pooler.first());
    this.merging = merging;
  }

  /** Whether a tensor is on top of the encoder, or in the place of masked patches. */
  private static boolean isUnread(String name) {
    return name.equals("embeddings.mask_token")
        || !name.startsWith("embeddings.")
            && !name.startsWith("layers.")
            && !name.startsWith("layernorm.");
  }

  /**
   * The tensors of heads that somebody trained, which classifications do not use; not those of
   * pre-training.
   */
  static List<String> unusedHeads(Weights weights) {
    return weights.names().stream()
        .filter(ViTEncoder::isUnread)
        .filter(name -> !name.startsWith("pooler.") && !name.startsWith("decoder."))
        .filter(name -> !name.startsWith("embeddings."))
        .toList();
  }

  @Override
  public ViTConfig config() {
    return config;
  }

  @Override
  public ImageSize imageSize() {
    return config.imageSize();
  }

  @Override
  public DataType type() {
    return norm.gain().type();
  }

  @Override
  public List<FrozenLinear> linears() {
    return layers.stream().flatMap(layer -> layer.linears().stream()).toList();
  }

  @Override
  public ViTEncoder withLinears(UnaryOperator<FrozenLinear> change) {
    return new ViTEncoder(
        this, layers.stream().map(layer -> layer.withLinears(change)).toList(), pooling, merging);
  }

  @Override
  public long parameters() {
    return parameters;
  }

  @Override
  public Pooling pooling() {
    return pooling;
  }

  @Override
  public ViTEncoder withPooling(Pooling other) {
    return new ViTEncoder(this, layers, other, merging);
  }

  @Override
  public ViTEncoder withTokenMerging(TokenMerging other) {
    if (other != null) {
      other.requireBlocks(layers.size());
    }
    return new ViTEncoder(this, layers, pooling, other);
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, SequenceBatch batch) {
    ImageBatch images = ImageBatch.of(batch);
    ImageTokens tokens = ImageTokens.of(images);
    Matrix pooled = pass.matrix(config.hiddenSize(), images.images());
    Matrix hidden = embeddings.forward(pass, images);
    Matrix[] rooms = {hidden, pass.matrix(hidden.rows(), hidden.columns())};
    for (int i = 0; i < layers.size(); i++) {
      var mark = pass.arena().mark();
      Matrix next = rooms[(i + 1) % 2].columns(0, left(i, tokens));
      tokens = block(pass, adapters, i, hidden, tokens, next).left();
      pass.arena().release(mark);
      hidden = next;
    }
    Matrix last = rooms[(layers.size() + 1) % 2].columns(0, tokens.count());
    norm.forward(pass, hidden, last);
    pool(pass, last, tokens, pooled);
    return pooled;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, SequenceBatch batch, Matrix pooled) {
    ImageBatch images = ImageBatch.of(batch);
    ImageTokens tokens = ImageTokens.of(images);
    Matrix hidden = embeddings.forward(pass, images);
    List<ViTLayer.Saved> saved = new ArrayList<>(layers.size());
    for (int i = 0; i < layers.size(); i++) {
      Matrix next = pass.matrix(hidden.rows(), left(i, tokens));
      saved.add(block(pass, adapters, i, hidden, tokens, next));
      tokens = saved.get(i).left();
      hidden = next;
    }
    Matrix last = pass.matrix(hidden.rows(), hidden.columns());
    LayerNorm.Saved normalised = norm.forward(pass, hidden, last);
    Pooler.Saved pooling = pool(pass, last, tokens, pooled);
    Kept kept = new Kept(images.tokens(), saved, normalised, pooling);
    return (backward, trained, dPooled) -> backward(backward, trained, kept, dPooled);
  }

  /** How many tokens a block leaves of a batch's. */
  private int left(int block, ImageTokens tokens) {
    return tokens.count() - merged(block, tokens) * tokens.images();
  }

  private int merged(int block, ImageTokens tokens) {
    return merging == null ? 0 : tokens.mergeable(merging.counts().get(block));
  }

  private ViTLayer.Saved block(
      Pass pass, Adapters adapters, int number, Matrix x, ImageTokens tokens, Matrix y) {
    int merged = merged(number, tokens);
    return layers
        .get(number)
        .forward(pass, adapters, x, tokens, merged, adapters.modulation(number), y);
  }

  /** The mean is over the embedding's tokens: a token counts as often as it stands for one. */
  private Pooler.Saved pool(Pass pass, Matrix x, ImageTokens tokens, Matrix pooled) {
    if (pooling != Pooling.MEAN || tokens.sizes() == null) {
      return pooler.forward(pass, x, tokens.places(), pooled);
    }
    double each = tokens.each() / (double) config.maxPositions();
    Matrix weights = pass.matrix(1, x.columns());
    weights.set(Arrays.stream(tokens.sizes()).map(size -> size * each).toArray());
    Matrix weighted = pass.matrix(x.rows(), x.columns());
    pass.kernels().scaleColumns(weights, x, 0, weighted);
    Pooler.Saved mean = pooler.forward(pass, weighted, tokens.places(), pooled);
    return (backward, dPooled, dX) -> {
      mean.backward(backward, dPooled, dX);
      backward.kernels().scaleColumns(weights, dX, 0, dX);
    };
  }

  private void backward(Pass pass, Adapters adapters, Kept saved, Matrix dPooled) {
    int lowest = adapters.lowest(layers.stream().map(ViTLayer::linears).toList());
    if (lowest == layers.size()) {
      return;
    }
    Matrix[] rooms = {
      pass.matrix(config.hiddenSize(), saved.tokens()),
      pass.matrix(config.hiddenSize(), saved.tokens())
    };
    int top = layers.size() - 1;
    Matrix dY = rooms[top % 2].columns(0, saved.layers().get(top).left().count());
    saved.pooled().backward(pass, dPooled, dY);
    norm.backward(pass, saved.norm(), dY, dY);
    for (int i = top; i >= lowest; i--) {
      ViTLayer.Saved own = saved.layers().get(i);
      Matrix dX = i == lowest ? null : rooms[(i + 1) % 2].columns(0, own.before().count());
      layers.get(i).backward(pass, adapters, own, adapters.modulation(i), dY, dX);
      dY = dX;
    }
  }
}
