package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.AttentionKernels;
import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Softmax attention by ND4J. */
final class Nd4jAttentionKernels implements AttentionKernels {

  @Override
  public void rotate(Matrix x, Matrix angles, boolean back) {
    int half = angles.rows() / 2;
    INDArray cos = angles.rows(0, half).array();
    INDArray sin = angles.rows(half, 2 * half).array();
    if (back) {
      sin = sin.neg();
    }
    for (int from = 0; from < x.rows(); from += 2 * half) {
      INDArray low = x.rows(from, from + half).array();
      INDArray high = x.rows(from + half, from + 2 * half).array();
      INDArray turned = low.mul(cos).subi(high.mul(sin));
      high.assign(high.mul(cos).addi(low.mul(sin)));
      low.assign(turned);
    }
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSumExp) {
    double scale = Math.sqrt((double) heads / q.rows());
    for (int first = 0, next; first < batch.sequences(); first = next) {
      next = endOfEqualLengths(batch, first);
      INDArray scores = scores(q, k, heads, batch, first, next, scale); // [n, h, query, key]
      INDArray max = scores.max(true, 3);
      INDArray weights = Transforms.exp(scores.sub(max.broadcast(scores.shape())), false);
      INDArray sum = weights.sum(true, 3);
      weights.divi(sum.broadcast(weights.shape()));
      INDArray output = Nd4j.matmul(weights, heads(v, heads, batch, first, next));
      heads(o, heads, batch, first, next).assign(output);
      heads(logSumExp, heads, batch, first, next).assign(Transforms.log(sum, false).addi(max));
    }
  }

  @Override
  public void attentionBackward(
      Matrix q,
      Matrix k,
      Matrix v,
      int heads,
      TokenBatch batch,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    double scale = Math.sqrt((double) heads / q.rows());
    for (int first = 0, next; first < batch.sequences(); first = next) {
      next = endOfEqualLengths(batch, first);
      INDArray logSums = heads(logSumExp, heads, batch, first, next); // [n, h, query, 1]
      INDArray weights = scores(q, k, heads, batch, first, next, scale);
      weights.subi(logSums.dup('c').broadcast(weights.shape()));
      weights = Transforms.exp(weights, false); // P as [n, h, query, key]
      INDArray dOut = heads(dO, heads, batch, first, next).dup('c');
      INDArray out = heads(o, heads, batch, first, next).dup('c');
      INDArray values = heads(v, heads, batch, first, next).dup('c');
      INDArray dWeights = Nd4j.matmul(dOut, values.permute(0, 1, 3, 2).dup('c'));
      INDArray inner = dOut.mul(out).sum(true, 3);
      INDArray dScores = dWeights.subi(inner.broadcast(dWeights.shape())).muli(weights).muli(scale);
      heads(dV, heads, batch, first, next)
          .assign(Nd4j.matmul(weights.permute(0, 1, 3, 2).dup('c'), dOut));
      INDArray queries = heads(q, heads, batch, first, next).dup('c');
      INDArray keys = heads(k, heads, batch, first, next).dup('c');
      heads(dQ, heads, batch, first, next).assign(Nd4j.matmul(dScores, keys));
      heads(dK, heads, batch, first, next)
          .assign(Nd4j.matmul(dScores.permute(0, 1, 3, 2).dup('c'), queries));
    }
  }

  @Override
  public void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    Nd4jCausalAttention.forward(form, spans, q, k, v, o, logSumExp);
  }

  @Override
  public void causalAttentionBackward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    Nd4jCausalAttention.backward(form, spans, q, k, v, o, logSumExp, dO, dQ, dK, dV);
  }

  private static INDArray scores(
      Matrix q, Matrix k, int heads, TokenBatch batch, int first, int next, double scale) {
    INDArray keys = heads(k, heads, batch, first, next).permute(0, 1, 3, 2).dup('c');
    return Nd4j.matmul(heads(q, heads, batch, first, next).dup('c'), keys).muli(scale);
  }

  /** The end of the run of sequences from {@code first} that are as long: one batched product. */
  private static int endOfEqualLengths(TokenBatch batch, int first) {
    int next = first + 1;
    while (next < batch.sequences() && batch.length(next) == batch.length(first)) {
      next++;
    }
    return next;
  }

  /** A view [n, heads, length, dh] of the columns of n sequences of equal length. */
  private static INDArray heads(Matrix m, int heads, TokenBatch batch, int first, int next) {
    long length = batch.length(first);
    long width = m.rows() / heads;
    long stride = m.stride();
    return Nd4j.create(
        m.storage().buffer(),
        new long[] {next - first, heads, length, width},
        new long[] {stride * length, width, stride, 1},
        m.offset() + stride * batch.starts()[first],
        'c');
  }
}
