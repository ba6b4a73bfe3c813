package io.github.cola4j.model.toy;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.LanguageModelHead;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.pooling.Pooler;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.weight.Weight;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Y = X + W_down gelu(W_up X), with X the tokens' embeddings E; logits are Eᵀ Y.
 *
 * @param words Eᵀ [vocabulary × d]
 */
record ToyTransformer(
    ToyArchitecture.Config config,
    Weight words,
    FrozenLinear up,
    FrozenLinear down,
    long parameters)
    implements Encoder, Decoder {

  ToyTransformer(ToyArchitecture.Config config, WeightLoader load) {
    this(
        config,
        load.embedding("words.weight", config.hiddenSize(), config.vocabSize()),
        load.linear("block.up", config.intermediateSize(), config.hiddenSize(), true),
        load.linear("block.down", config.hiddenSize(), config.intermediateSize(), false),
        load.parameters());
    load.requireAllRead(name -> false);
  }

  @Override
  public DataType type() {
    return words.type();
  }

  @Override
  public List<FrozenLinear> linears() {
    return List.of(up, down);
  }

  @Override
  public Transformer withLinears(UnaryOperator<FrozenLinear> change) {
    return new ToyTransformer(config, words, change.apply(up), change.apply(down), parameters);
  }

  @Override
  public Pooling pooling() {
    return Pooling.MEAN;
  }

  @Override
  public ToyTransformer withPooling(Pooling pooling) {
    if (pooling != Pooling.MEAN) {
      throw new IllegalArgumentException("pooling: a toy has the mean alone, got " + pooling);
    }
    return this;
  }

  @Override
  public LanguageModelHead head() {
    return new LanguageModelHead(words);
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, SequenceBatch batch) {
    Matrix pooled = pass.matrix(config.hiddenSize(), batch.sequences());
    forward(pass, adapters, batch, pooled);
    return pooled;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, SequenceBatch texts, Matrix pooled) {
    TokenBatch batch = TokenBatch.of(texts);
    Matrix hidden = pass.matrix(config.hiddenSize(), batch.tokens());
    Saved block = block(pass, adapters, batch.ids(), hidden);
    Pooler.Saved mean = Pooler.mean().forward(pass, hidden, batch, pooled);
    return (backward, trained, dPooled) -> {
      Matrix dHidden = backward.matrix(config.hiddenSize(), batch.tokens());
      mean.backward(backward, dPooled, dHidden);
      block.backward(backward, trained, dHidden);
    };
  }

  @Override
  public Saved forward(
      Pass pass,
      Adapters adapters,
      TokenBatch batch,
      int[] chosen,
      boolean recompute,
      Matrix hidden) {
    return block(pass, adapters, ids(batch, chosen), hidden);
  }

  @Override
  public void encode(Pass pass, Adapters adapters, TokenBatch batch, int[] chosen, Matrix hidden) {
    block(pass, adapters, ids(batch, chosen), hidden);
  }

  @Override
  public Continuation start(int[] room) {
    return (pass, adapters, batch, sequences) -> {
      int[] last =
          IntStream.range(0, sequences.length).map(s -> batch.starts()[s + 1] - 1).toArray();
      Matrix hidden = pass.matrix(config.hiddenSize(), last.length);
      encode(pass, adapters, batch, last, hidden);
      return hidden;
    };
  }

  private static int[] ids(TokenBatch batch, int[] chosen) {
    return IntStream.of(chosen).map(t -> batch.ids()[t]).toArray();
  }

  /** Overwrites Y [d × n]. */
  private Saved block(Pass pass, Adapters adapters, int[] ids, Matrix y) {
    Matrix x = pass.matrix(config.hiddenSize(), ids.length);
    Matrix u = pass.matrix(config.intermediateSize(), ids.length);
    Matrix g = pass.matrix(config.intermediateSize(), ids.length);
    words.gather(pass, ids, false, x);
    Adapter.Saved savedUp = AdaptedLinear.forward(pass, up, adapters.get(up), x, u);
    pass.kernels().gelu(u, g);
    Adapter.Saved savedDown = AdaptedLinear.forward(pass, down, adapters.get(down), g, y);
    pass.kernels().add(1, x, y);
    return (backward, trained, dY) -> {
      Matrix dU = backward.matrix(u.rows(), u.columns());
      AdaptedLinear.backward(backward, down, trained.get(down), savedDown, dY, 0, dU);
      backward.kernels().geluBackward(u, dU, dU);
      AdaptedLinear.backward(backward, up, trained.get(up), savedUp, dU, 0, null);
    };
  }
}
