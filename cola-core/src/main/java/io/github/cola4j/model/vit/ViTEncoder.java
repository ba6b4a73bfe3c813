package io.github.cola4j.model.vit;

import io.github.cola4j.adapter.Adapters;
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
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A frozen Vision Transformer (arXiv 2010.11929): patches and a class token, blocks, a last
 * normalisation. Its own classifier looks at the class token, and so does {@link Pooling#HEAD}.
 * Immutable and shared by all threads; tokens are columns.
 */
public final class ViTEncoder implements Encoder {
  private final ViTConfig config;
  private final ViTEmbeddings embeddings;
  private final List<ViTLayer> layers;
  private final LayerNorm norm;
  private final long parameters;
  private final Pooling pooling;
  private final Pooler pooler;

  /** What the backward needs. */
  private record Kept(
      TokenBatch places, List<ViTLayer.Saved> layers, LayerNorm.Saved norm, Pooler.Saved pooled) {}

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
  }

  private ViTEncoder(ViTEncoder other, List<ViTLayer> layers, Pooling pooling) {
    this.config = other.config;
    this.embeddings = other.embeddings;
    this.layers = layers;
    this.norm = other.norm;
    this.parameters = other.parameters;
    this.pooling = pooling;
    this.pooler = Pooler.of(pooling, Pooler.first());
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
        this, layers.stream().map(layer -> layer.withLinears(change)).toList(), pooling);
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
    return new ViTEncoder(this, layers, other);
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, SequenceBatch batch) {
    ImageBatch images = ImageBatch.of(batch);
    TokenBatch places = images.places();
    Matrix pooled = pass.matrix(config.hiddenSize(), images.images());
    Matrix hidden = embeddings.forward(pass, images);
    Matrix other = pass.matrix(hidden.rows(), hidden.columns());
    for (ViTLayer layer : layers) {
      var mark = pass.arena().mark();
      layer.forward(pass, adapters, hidden, places, other);
      pass.arena().release(mark);
      Matrix next = other;
      other = hidden;
      hidden = next;
    }
    norm.forward(pass, hidden, other);
    pooler.forward(pass, other, places, pooled);
    return pooled;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, SequenceBatch batch, Matrix pooled) {
    ImageBatch images = ImageBatch.of(batch);
    TokenBatch places = images.places();
    Matrix hidden = embeddings.forward(pass, images);
    List<ViTLayer.Saved> saved = new ArrayList<>(layers.size());
    for (ViTLayer layer : layers) {
      Matrix next = pass.matrix(hidden.rows(), hidden.columns());
      saved.add(layer.forward(pass, adapters, hidden, places, next));
      hidden = next;
    }
    Matrix last = pass.matrix(hidden.rows(), hidden.columns());
    LayerNorm.Saved normalised = norm.forward(pass, hidden, last);
    Pooler.Saved tokens = pooler.forward(pass, last, places, pooled);
    Kept kept = new Kept(places, saved, normalised, tokens);
    return (backward, trained, dPooled) -> backward(backward, trained, kept, dPooled);
  }

  private void backward(Pass pass, Adapters adapters, Kept saved, Matrix dPooled) {
    int lowest = adapters.lowest(layers.stream().map(ViTLayer::linears).toList());
    if (lowest == layers.size()) {
      return;
    }
    int tokens = saved.places().tokens();
    Matrix dY = pass.matrix(config.hiddenSize(), tokens);
    Matrix dX = pass.matrix(config.hiddenSize(), tokens);
    saved.pooled().backward(pass, dPooled, dY);
    norm.backward(pass, saved.norm(), dY, dY);
    for (int i = layers.size() - 1; i >= lowest; i--) {
      Matrix below = i == lowest ? null : dX;
      layers.get(i).backward(pass, adapters, saved.layers().get(i), saved.places(), dY, below);
      dX = dY;
      dY = below;
    }
  }
}
