package io.github.cola4j.model.vit;

import io.github.cola4j.model.attention.BiasedAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * Attention to tokens of sizes s, how many tokens of the embedding each stands for (ToMe, arXiv
 * 2210.09461, section 3, proportional attention): the score of key j is log s_j more, so that it
 * counts as s_j equal keys do. Without sizes it is the kernels' own attention.
 */
final class ProportionalAttention {
  private ProportionalAttention() {}

  /**
   * What the backward needs.
   *
   * @param logSumExp of the kernels' attention; null of that with sizes
   */
  record Saved(Matrix q, Matrix k, Matrix v, ImageTokens tokens, Matrix o, Matrix logSumExp) {}

  /** Overwrites O [heads · dh × T]. */
  static Saved forward(
      Pass pass, Matrix q, Matrix k, Matrix v, int heads, ImageTokens tokens, Matrix o) {
    if (tokens.sizes() == null) {
      Matrix logSumExp = pass.matrix(heads, q.columns());
      pass.kernels().attention(q, k, v, heads, tokens.places(), o, logSumExp);
      return new Saved(q, k, v, tokens, o, logSumExp);
    }
    eachHead(
        pass,
        heads,
        tokens,
        (bias, head) ->
            BiasedAttention.forward(
                pass, scale(q, heads), head.of(q), head.of(k), head.of(v), bias, head.of(o)));
    return new Saved(q, k, v, tokens, o, null);
  }

  /** Overwrites dQ, dK and dV. */
  static void backward(Pass pass, Saved s, int heads, Matrix dO, Matrix dQ, Matrix dK, Matrix dV) {
    ImageTokens tokens = s.tokens;
    if (tokens.sizes() == null) {
      pass.kernels()
          .attentionBackward(
              s.q, s.k, s.v, heads, tokens.places(), s.o, s.logSumExp, dO, dQ, dK, dV);
      return;
    }
    eachHead(
        pass,
        heads,
        tokens,
        (bias, head) ->
            BiasedAttention.backward(
                pass,
                scale(s.q, heads),
                head.of(s.q),
                head.of(s.k),
                head.of(s.v),
                bias,
                head.of(dO),
                head.of(dQ),
                0,
                head.of(dK),
                head.of(dV)));
  }

  /** A head's features of an image's tokens. */
  private record Head(int number, int heads, int from, int to) {
    Matrix of(Matrix m) {
      return BiasedAttention.part(m, number, heads, from, to);
    }
  }

  /** Runs a step with the bias of each image, for each of its heads. */
  private static void eachHead(
      Pass pass, int heads, ImageTokens tokens, BiConsumer<Matrix, Head> step) {
    var mark = pass.arena().mark();
    Matrix bias = pass.matrix(tokens.each(), tokens.each());
    for (int image = 0; image < tokens.images(); image++) {
      int from = image * tokens.each();
      setBias(pass, tokens, image, bias);
      for (int h = 0; h < heads; h++) {
        var inner = pass.arena().mark();
        step.accept(bias, new Head(h, heads, from, from + tokens.each()));
        pass.arena().release(inner);
      }
    }
    pass.arena().release(mark);
  }

  private static double scale(Matrix q, int heads) {
    return 1 / Math.sqrt((double) q.rows() / heads);
  }

  /** B [n × n], a key's log s in all of its row. */
  private static void setBias(Pass pass, ImageTokens tokens, int image, Matrix bias) {
    int from = image * tokens.each();
    var mark = pass.arena().mark();
    Matrix logs = pass.matrix(tokens.each(), 1);
    logs.set(Arrays.stream(tokens.sizes(), from, from + tokens.each()).map(Math::log).toArray());
    pass.kernels().broadcast(logs, bias);
    pass.arena().release(mark);
  }
}
