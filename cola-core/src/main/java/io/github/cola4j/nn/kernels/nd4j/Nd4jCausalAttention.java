package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.AttentionSpans;
import io.github.cola4j.nn.CausalAttention;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Causal attention by ND4J operations, a (sequence, head) pair at a time, keys a query must not see
 * masked. Formulas and shapes as in {@link Kernels#causalAttention}.
 */
final class Nd4jCausalAttention {
  /** Far below any score, and finite, so that masked weights are exactly 0. */
  private static final double MASKED = -1e30;

  private Nd4jCausalAttention() {}

  static void forward(
      CausalAttention form,
      AttentionSpans spans,
      Matrix q,
      Matrix k,
      Matrix v,
      Matrix o,
      Matrix logSumExp) {
    for (int s = 0; s < spans.sequences(); s++) {
      int from = spans.queryStarts()[s];
      int to = spans.queryStarts()[s + 1];
      if (to == from) {
        continue;
      }
      INDArray mask = mask(form, spans, s, q.type());
      for (int h = 0; h < form.heads(); h++) {
        INDArray keys = keys(form, spans, s, k, h);
        INDArray queries = form.queryRows(q, h).columns(from, to).array().dup('f');
        INDArray scores = scores(form, keys, queries).addi(mask); // [keys × queries]
        INDArray max = scores.max(true, 0);
        INDArray weights = Transforms.exp(scores.subRowVector(max), false);
        INDArray sum = weights.sum(true, 0);
        weights.diviRowVector(sum);
        form.queryRows(o, h)
            .columns(from, to)
            .array()
            .assign(keys(form, spans, s, v, h).mmul(weights));
        logSumExp.rows(h, h + 1).columns(from, to).array().assign(Transforms.log(sum).addi(max));
      }
    }
  }

  static void backward(
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
    double scale = 1 / Math.sqrt(form.width());
    dK.array().assign(0);
    dV.array().assign(0);
    for (int s = 0; s < spans.sequences(); s++) {
      int from = spans.queryStarts()[s];
      int to = spans.queryStarts()[s + 1];
      if (to == from) {
        continue;
      }
      INDArray mask = mask(form, spans, s, q.type());
      for (int h = 0; h < form.heads(); h++) {
        INDArray keys = keys(form, spans, s, k, h);
        INDArray values = keys(form, spans, s, v, h);
        INDArray queries = form.queryRows(q, h).columns(from, to).array().dup('f');
        INDArray out = form.queryRows(o, h).columns(from, to).array();
        INDArray dOut = form.queryRows(dO, h).columns(from, to).array().dup('f');
        INDArray logs = logSumExp.rows(h, h + 1).columns(from, to).array().dup();
        INDArray scores = scores(form, keys, queries);
        INDArray slope = form.cap() > 0 ? scores.div(form.cap()) : null;
        scores.addi(mask);
        INDArray weights = Transforms.exp(scores.subiRowVector(logs), false); // P
        INDArray inner = out.mul(dOut).sum(true, 0);
        INDArray dScores =
            values.transpose().mmul(dOut).subiRowVector(inner).muli(weights).muli(scale);
        if (slope != null) {
          dScores.muli(slope.muli(slope).rsubi(1));
        }
        form.queryRows(dQ, h).columns(from, to).array().assign(keys.mmul(dScores));
        view(form, spans, s, dK, h).addi(queries.mmul(dScores.transpose()));
        view(form, spans, s, dV, h).addi(dOut.mmul(weights.transpose()));
      }
    }
  }

  private static INDArray view(
      CausalAttention form, AttentionSpans spans, int sequence, Matrix m, int head) {
    return form.keyRows(m, head)
        .columns(spans.keyFrom()[sequence], spans.keyTo()[sequence])
        .array();
  }

  private static INDArray keys(
      CausalAttention form, AttentionSpans spans, int sequence, Matrix m, int head) {
    return view(form, spans, sequence, m, head).dup('f');
  }

  private static INDArray scores(CausalAttention form, INDArray keys, INDArray queries) {
    INDArray scores = keys.transpose().mmul(queries).muli(1 / Math.sqrt(form.width()));
    return form.cap() > 0
        ? Transforms.tanh(scores.divi(form.cap()), false).muli(form.cap())
        : scores;
  }

  /** What is added to a sequence's scores [keys × queries]: 0 where a query sees the key. */
  private static INDArray mask(
      CausalAttention form, AttentionSpans spans, int sequence, DataType type) {
    int from = spans.queryStarts()[sequence];
    int queries = spans.queryStarts()[sequence + 1] - from;
    int keys = spans.keyTo()[sequence] - spans.keyFrom()[sequence];
    double[] mask = new double[Math.multiplyExact(keys, queries)];
    Arrays.fill(mask, MASKED);
    for (int t = 0; t < queries; t++) {
      int position = spans.positions()[from + t];
      Arrays.fill(mask, t * keys + form.firstKey(position), t * keys + position + 1, 0);
    }
    return Nd4j.create(mask, new long[] {keys, queries}, 'f').castTo(type);
  }
}
