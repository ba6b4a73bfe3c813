package io.github.cola4j.model;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A decoder as an encoder: a sequence's embedding is the normalised hidden state of its last token,
 * which alone has seen all others, as transformers' {@code …ForSequenceClassification} of decoders
 * has it. Of the last block only keys and values are computed for the tokens before.
 *
 * @param decoder whose blocks are used, without the projection to the vocabulary
 * @param recompute whether the blocks' inputs alone are kept for the backward
 */
public record LastTokenEncoder(Decoder decoder, boolean recompute) implements Encoder {
  @Override
  public Pooling pooling() {
    return Pooling.LAST;
  }

  /** The last token's is also what the architecture's own classifier takes. */
  @Override
  public Encoder withPooling(Pooling pooling) {
    if (pooling != Pooling.LAST && pooling != Pooling.HEAD) {
      throw new IllegalArgumentException(
          "pooling: expected last, got "
              + pooling
              + ": a decoder's last token alone has seen the whole text");
    }
    return this;
  }

  @Override
  public boolean headBias() {
    return false;
  }

  @Override
  public Matrix encode(Pass pass, Adapters adapters, SequenceBatch batch) {
    Matrix last = pass.matrix(config().hiddenSize(), batch.sequences());
    TokenBatch tokens = TokenBatch.of(batch);
    decoder.encode(pass, adapters, tokens, tokens.lasts(), last);
    return last;
  }

  @Override
  public Saved forward(Pass pass, Adapters adapters, SequenceBatch batch, Matrix pooled) {
    TokenBatch tokens = TokenBatch.of(batch);
    return decoder.forward(pass, adapters, tokens, tokens.lasts(), recompute, pooled);
  }

  @Override
  public TransformerConfig config() {
    return decoder.config();
  }

  @Override
  public DataType type() {
    return decoder.type();
  }

  @Override
  public List<FrozenLinear> linears() {
    return decoder.linears();
  }

  @Override
  public Transformer withLinears(UnaryOperator<FrozenLinear> change) {
    return new LastTokenEncoder((Decoder) decoder.withLinears(change), recompute);
  }

  @Override
  public long parameters() {
    return decoder.parameters();
  }
}
