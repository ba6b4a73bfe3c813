package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** One block of a decoder: H = attention(X), Y = feedForward(H), each with what it adds to. */
record LlamaLayer(SelfAttention attention, FeedForward feedForward) {

  /**
   * Which tokens a block computes and what they see.
   *
   * @param spans each query's keys
   * @param angles of the tokens of X, whose keys are computed [r × T]
   * @param chosen columns of X that are asked for; null for all
   * @param chosenAngles of these [r × n]
   */
  record Tokens(AttentionSpans spans, Matrix angles, int[] chosen, Matrix chosenAngles) {}

  /** What the halves keep. */
  record Saved(SelfAttention.Saved attention, FeedForward.Saved feedForward) {}

  /** The same block with other linear layers. */
  LlamaLayer withLinears(UnaryOperator<FrozenLinear> change) {
    SelfAttention a = attention;
    FeedForward f = feedForward;
    return new LlamaLayer(
        new SelfAttention(
            a.norm(),
            a.inputs().withLinears(change),
            a.queryNorm(),
            a.keyNorm(),
            a.scaling(),
            a.form(),
            change.apply(a.output()),
            a.residual()),
        new FeedForward(
            f.norm(),
            f.inputs().withLinears(change),
            f.activation(),
            change.apply(f.down()),
            f.residual()));
  }

  /** The linear layers in the order of the computation. */
  List<FrozenLinear> linears() {
    return Stream.of(
            attention.inputs().linears(),
            List.of(attention.output()),
            feedForward.inputs().linears(),
            List.of(feedForward.down()))
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Overwrites Y.
   *
   * @param cache keys and values of earlier tokens, which takes those of X; null for none
   */
  Saved forward(Pass pass, Adapters adapters, Matrix x, Tokens tokens, KeyValues cache, Matrix y) {
    Matrix h = pass.matrix(y.rows(), y.columns());
    SelfAttention.Saved first = attention.forward(pass, adapters, x, tokens, cache, h);
    return new Saved(first, feedForward.forward(pass, adapters, h, y));
  }

  /** Overwrites dX [d × T]; null where nothing below is trained. */
  void backward(Pass pass, Adapters adapters, Saved saved, Tokens tokens, Matrix dY, Matrix dX) {
    var mark = pass.arena().mark();
    Matrix dH = pass.matrix(dY.rows(), dY.columns());
    feedForward.backward(pass, adapters, saved.feedForward, dY, dH);
    attention.backward(pass, adapters, saved.attention, tokens, dH, dX);
    pass.arena().release(mark);
  }
}
