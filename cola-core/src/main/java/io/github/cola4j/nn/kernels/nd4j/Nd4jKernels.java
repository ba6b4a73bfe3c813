package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.TokenBatch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The portable kernels: ND4J operations only, in float32 or float64, on whatever backend ND4J runs.
 * They make temporary arrays and serve GPUs, gradient checks and machines without the Vector API.
 */
public final class Nd4jKernels implements Kernels {

  @Override
  public void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c) {
    INDArray left = contiguous(a);
    INDArray right = contiguous(b);
    if (c.isContiguous()) {
      Nd4j.gemm(left, right, c.array(), transposeA, transposeB, alpha, beta);
    } else {
      INDArray result = beta == 0 ? contiguousLike(c) : c.array().dup('f');
      Nd4j.gemm(left, right, result, transposeA, transposeB, alpha, beta);
      c.array().assign(result);
    }
  }

  private static INDArray contiguous(Matrix m) {
    return m.isContiguous() ? m.array() : m.array().dup('f');
  }

  private static INDArray contiguousLike(Matrix m) {
    return Nd4j.createUninitialized(m.type(), new long[] {m.rows(), m.columns()}, 'f');
  }

  @Override
  public void broadcast(Matrix b, Matrix y) {
    y.array().assign(b.array().broadcast(y.rows(), y.columns()));
  }

  @Override
  public void add(double alpha, Matrix x, Matrix y) {
    y.array().addi(alpha == 1 ? x.array() : x.array().mul(alpha));
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    y.array().assign(x.array());
  }

  @Override
  public void fill(double value, Matrix x) {
    x.array().assign(value);
  }

  @Override
  public void multiply(Matrix x, Matrix m, Matrix y) {
    y.array().assign(x.array().mul(m.array()));
  }

  @Override
  public void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    blend(x.array().mulColumnVector(contiguous(scale)), beta, y);
  }

  @Override
  public void rowDots(Matrix x, Matrix y, Matrix out) {
    out.array().addi(x.array().mul(y.array()).sum(true, 1));
  }

  @Override
  public void inverseRoots(Matrix x, Matrix y) {
    INDArray positive = x.array().lte(0).castTo(x.type()).rsubi(1);
    INDArray safe = x.array().mul(positive).addi(positive.rsub(1)); // 1 where x ≤ 0
    y.array().assign(Transforms.pow(safe, -0.5, false).muli(positive));
  }

  @Override
  public void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    blend(x.array().mulRowVector(contiguous(scale)), beta, y);
  }

  /** Y ← beta Y + X, as BLAS reads no Y where beta is 0. */
  private static void blend(INDArray x, double beta, Matrix y) {
    y.array().assign(beta == 0 ? x : x.addi(y.array().mul(beta)));
  }

  @Override
  public void columnDots(Matrix x, Matrix y, Matrix out) {
    out.array().assign(x.array().mul(y.array()).sum(true, 0));
  }

  @Override
  public void softmax(Matrix x, Matrix y) {
    INDArray shifted = x.array().subRowVector(x.array().max(true, 0));
    INDArray weights = Transforms.exp(shifted, false);
    y.array().assign(weights.diviRowVector(weights.sum(true, 0)));
  }

  @Override
  public void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    INDArray centre = y.array().mul(dY.array()).sum(true, 0);
    dX.array().assign(dY.array().subRowVector(centre).muli(y.array()));
  }

  @Override
  public void gather(Matrix table, int[] index, boolean accumulate, Matrix y) {
    INDArray columns = Nd4j.pullRows(table.array().transpose(), 1, index).transpose();
    if (accumulate) {
      y.array().addi(columns);
    } else {
      y.array().assign(columns);
    }
  }

  @Override
  public void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats) {
    INDArray mean = x.array().mean(true, 0);
    INDArray centred = x.array().subRowVector(mean);
    INDArray rstd = Transforms.pow(centred.mul(centred).mean(true, 0).addi(eps), -0.5, false);
    stats.rows(0, 1).array().assign(mean);
    stats.rows(1, 2).array().assign(rstd);
    centred.muliRowVector(rstd).muliColumnVector(gain.array()).addiColumnVector(shift.array());
    y.array().assign(centred);
  }

  @Override
  public void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX) {
    INDArray mean = stats.rows(0, 1).array();
    INDArray rstd = stats.rows(1, 2).array();
    INDArray normalised = x.array().subRowVector(mean.dup()).muliRowVector(rstd.dup());
    INDArray g = dY.array().mulColumnVector(gain.array());
    INDArray projection = g.mul(normalised).mean(true, 0);
    INDArray result = g.subRowVector(g.mean(true, 0));
    result.subi(normalised.muliRowVector(projection)).muliRowVector(rstd.dup());
    dX.array().assign(result);
  }

  @Override
  public void gelu(Matrix x, Matrix y) {
    y.array().assign(normalDistribution(x.array()).muli(x.array()));
  }

  @Override
  public void geluBackward(Matrix x, Matrix dY, Matrix dX) {
    INDArray density =
        Transforms.exp(x.array().mul(x.array()).muli(-0.5), false).muli(1 / Math.sqrt(2 * Math.PI));
    INDArray slope = normalDistribution(x.array()).addi(density.muli(x.array()));
    dX.array().assign(slope.muli(dY.array()));
  }

  /** Φ(x) = (1 + erf(x/√2)) / 2. */
  private static INDArray normalDistribution(INDArray x) {
    INDArray scaled = x.mul(Math.sqrt(0.5));
    Nd4j.getExecutioner().exec(new Erf(scaled, scaled));
    return scaled.addi(1).muli(0.5);
  }

  @Override
  public void attention(
      Matrix q, Matrix k, Matrix v, int heads, TokenBatch batch, Matrix o, Matrix logSum) {
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
      heads(logSum, heads, batch, first, next).assign(Transforms.log(sum, false).addi(max));
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
      Matrix logSum,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    double scale = Math.sqrt((double) heads / q.rows());
    for (int first = 0, next; first < batch.sequences(); first = next) {
      next = endOfEqualLengths(batch, first);
      INDArray logSums = heads(logSum, heads, batch, first, next); // [n, h, query, 1]
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

  @Override
  public void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    INDArray rho = Transforms.pow(x.array().mul(x.array()).mean(true, 0).addi(eps), -0.5, false);
    scale.array().assign(rho);
    y.array().assign(x.array().mulRowVector(rho).muliColumnVector(gain.array()));
  }

  @Override
  public void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    INDArray rho = scale.array().dup();
    INDArray normalised = x.array().mulRowVector(rho);
    INDArray g = dY.array().mulColumnVector(gain.array());
    INDArray projection = g.mul(normalised).mean(true, 0);
    dX.array().assign(g.subi(normalised.muliRowVector(projection)).muliRowVector(rho));
  }

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
  public void swiGlu(Matrix gate, Matrix up, Matrix y) {
    INDArray sigmoid = Transforms.sigmoid(gate.array(), true);
    y.array().assign(sigmoid.muli(gate.array()).muli(up.array()));
  }

  @Override
  public void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    INDArray sigmoid = Transforms.sigmoid(gate.array(), true);
    INDArray silu = sigmoid.mul(gate.array());
    INDArray slope = sigmoid.mul(gate.array().sub(silu).addi(1));
    INDArray dG = slope.muli(dY.array()).muli(up.array());
    INDArray dU = silu.muli(dY.array());
    dGate.array().assign(dG);
    dUp.array().assign(dU);
  }

  @Override
  public void causalAttention(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSum) {
    Nd4jCausalAttention.forward(form, spans, q, k, v, o, logSum);
  }

  @Override
  public void causalAttentionBackward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSum,
      Matrix dO,
      Matrix dQ,
      Matrix dK,
      Matrix dV) {
    Nd4jCausalAttention.backward(form, spans, q, k, v, o, logSum, dO, dQ, dK, dV);
  }

  @Override
  public void scatterAdd(Matrix x, int[] index, Matrix y) {
    for (int t = 0; t < index.length; t++) {
      y.columns(index[t], index[t] + 1).array().addi(x.columns(t, t + 1).array());
    }
  }

  @Override
  public void meanPool(Matrix x, TokenBatch batch, Matrix y) {
    for (int s = 0; s < batch.sequences(); s++) {
      INDArray tokens = x.columns(batch.starts()[s], batch.starts()[s + 1]).array();
      y.columns(s, s + 1).array().assign(tokens.mean(true, 1));
    }
  }

  @Override
  public void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX) {
    for (int s = 0; s < batch.sequences(); s++) {
      Matrix tokens = dX.columns(batch.starts()[s], batch.starts()[s + 1]);
      INDArray share = dY.columns(s, s + 1).array().div(batch.length(s));
      tokens.array().assign(share.broadcast(tokens.rows(), tokens.columns()));
    }
  }

  @Override
  public double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits) {
    INDArray z = logits.array();
    INDArray shifted = z.subRowVector(z.max(true, 0));
    INDArray exp = Transforms.exp(shifted, true);
    INDArray sum = exp.sum(true, 0);
    INDArray logs = Transforms.log(sum, true);
    double loss = 0;
    exp.diviRowVector(sum);
    for (int t = 0; t < labels.length; t++) {
      loss += logs.getDouble(0, t) - shifted.getDouble(labels[t], t);
      exp.putScalar(labels[t], t, exp.getDouble(labels[t], t) - 1);
    }
    dLogits.array().assign(exp.muli(scale));
    return loss;
  }

  @Override
  public double sumOfSquares(Matrix x) {
    return x.array().mul(x.array()).sumNumber().doubleValue();
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, AdamWStep step) {
    INDArray g = gradient.array().mul(step.gradientScale());
    theta.array().muli(1 - step.rate() * step.decay());
    m.array().muli(step.beta1()).addi(g.mul(1 - step.beta1()));
    v.array().muli(step.beta2()).addi(g.muli(g).muli(1 - step.beta2()));
    double correction1 = 1 - Math.pow(step.beta1(), step.step());
    double correction2 = 1 - Math.pow(step.beta2(), step.step());
    INDArray root = Transforms.sqrt(v.array().div(correction2), false).addi(step.eps());
    theta.array().subi(m.array().div(root).muli(step.rate() / correction1));
  }
}
