package io.github.cola4j.nn;

import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.ElementwiseKernels.Term;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.KernelContract.Inputs;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * The operations of {@link KernelContract} in shapes that kernels divide badly: odd widths, one
 * token, rows of larger matrices, results over inputs, long sequences, wide and grouped heads.
 */
final class KernelShapes {
  /** So few are summed in float32 to five digits, in any order. */
  private static final int FEW = 5000;

  private KernelShapes() {}

  static Map<String, BiFunction<Kernels, Inputs, List<Matrix>>> operations() {
    Map<String, BiFunction<Kernels, Inputs, List<Matrix>>> all = new LinkedHashMap<>();
    for (int[] shape : new int[][] {{1, 1}, {7, 1}, {33, 3}, {769, 2}, {5, 300}}) {
      String of = " of " + shape[0] + " × " + shape[1];
      all.put("elements" + of, (k, in) -> elements(k, in, shape[0], shape[1]));
      all.put("activations" + of, (k, in) -> activations(k, in, shape[0], shape[1]));
      if (shape[0] > 4) {
        all.put("norms" + of, (k, in) -> norms(k, in, shape[0], shape[1]));
      }
      if (shape[0] > 1) {
        all.put("softmax" + of, (k, in) -> softmax(k, in, shape[0], shape[1]));
      }
    }
    for (int[] ranks : new int[][] {{1}, {3}, {8}, {20}, {32}, {40}, {8, 3, 1, 16}, {20, 8, 33}}) {
      for (int[] shape : new int[][] {{1, 1}, {7, 3}, {130, 70}, {257, 9}, {36, 530}}) {
        all.put(
            "low-rank GEMMs of ranks " + Arrays.toString(ranks) + ", " + Arrays.toString(shape),
            (k, in) -> lowRank(k, in, ranks, shape[0], shape[1]));
      }
    }
    all.put("sums of many", KernelShapes::manySums);
    all.put("elements of 4 × 70000", (k, in) -> elements(k, in, 4, 70_000));
    all.put("softmax of 5003 × 2", (k, in) -> softmax(k, in, 5003, 2));
    all.put("elements of 40000 × 1", (k, in) -> elements(k, in, 40_000, 1));
    for (int width : new int[] {1, 5, 32, 64, 80, 128, 200}) {
      all.put("attention of heads of " + width, (k, in) -> attention(k, in, width));
      int window = width == 5 ? 1 : width % 32 == 0 ? 0 : 40;
      all.put(
          "causal attention of heads of " + width + ", window " + window,
          (k, in) -> causal(k, in, new CausalAttention(4, 2, width, window)));
    }
    all.put(
        "causal attention of heads of 64, window 40, scores capped",
        (k, in) -> causal(k, in, new CausalAttention(4, 2, 64, 40, 0.7)));
    return all;
  }

  /** Rows of a larger matrix, so that columns neither follow each other nor start evenly. */
  private static Matrix window(Inputs in, int rows, int columns) {
    return in.matrix(rows + 3, columns).rows(1, rows + 1);
  }

  /**
   * What tasks side by side compute of their adapters, forward and backward: the first has one
   * token, each further one some more.
   *
   * @param ranks one a task
   * @param most tokens of the last task
   */
  private static List<Matrix> lowRank(Kernels k, Inputs in, int[] ranks, int features, int most) {
    int tasks = ranks.length;
    int[] starts = new int[tasks + 1];
    for (int t = 0; t < tasks; t++) {
      starts[t + 1] = starts[t] + (tasks == 1 ? most : 1 + t * (most - 1) / (tasks - 1));
    }
    Matrix x = window(in, features, starts[tasks]);
    Matrix y = window(in, features, starts[tasks]);
    List<Matrix> results = new ArrayList<>(List.of(y));
    List<Gemm> down = new ArrayList<>();
    List<Gemm> up = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      Matrix factor = in.matrix(features, ranks[t] + 1).columns(1, ranks[t] + 1);
      Matrix own = x.columns(starts[t], starts[t + 1]);
      Matrix z = window(in, ranks[t], own.columns());
      Matrix gradient = in.matrix(features, ranks[t]);
      down.add(new Gemm(1, factor, true, own, false, t % 2, z));
      Matrix to = y.columns(starts[t], starts[t + 1]);
      up.add(new Gemm(0.5, factor, false, z, false, (t + 1) % 2, to));
      up.add(new Gemm(-1, own, false, z, true, t % 3, gradient));
      results.addAll(List.of(z, gradient));
    }
    k.gemms(down);
    k.gemms(up);
    return results;
  }

  /** More than a launch has room for, of unlike sizes and numbers of terms. */
  private static List<Matrix> manySums(Kernels k, Inputs in) {
    List<Matrix> results = new ArrayList<>();
    List<Sum> sums = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      int rows = 1 + 37 * (i % 7);
      Matrix all = in.matrix(3001, 1);
      Matrix y = i == 149 ? in.matrix(5000, 1) : all.rows(i % 5, i % 5 + 2 * rows).reshape(rows, 2);
      List<Term> terms = new ArrayList<>();
      for (int j = 0; j < i % 4; j++) {
        terms.add(new Term(j - 0.5, in.matrix(y.rows(), y.columns())));
      }
      sums.add(new Sum(y, i % 3 == 0, terms));
      results.add(y);
    }
    k.sums(sums);
    return results;
  }

  private static List<Matrix> elements(Kernels k, Inputs in, int rows, int columns) {
    Matrix x = window(in, rows, columns);
    Matrix y = window(in, rows, columns);
    Matrix z = in.matrix(rows, columns);
    k.add(0.5, x, y);
    k.add(1, z, z);
    k.multiply(z, z, z);
    Matrix byRow = in.matrix(rows, 1);
    Matrix byColumn = window(in, 1, columns);
    k.scaleRows(byRow, x, 0, x);
    k.scaleRows(byRow, z, 1, y);
    k.scaleColumns(byColumn, x, 0, x);
    k.scaleColumns(byColumn, z, 0.5, y);
    Matrix broadcast = window(in, rows, columns);
    k.broadcast(byRow, broadcast);
    Matrix rowDots = in.matrix(rows, 1);
    k.rowDots(x, z, rowDots);
    Matrix columnDots = window(in, 1, columns);
    k.columnDots(x, z, columnDots);
    Matrix copy = in.matrix(rows, columns);
    k.copy(x, copy);
    Matrix scaled = window(in, rows, columns);
    k.scale(-1.5, x, scaled);
    Matrix filled = in.matrix(rows, columns);
    k.fill(-3, filled);
    Matrix sum = in.matrix(1, 1);
    Matrix some = rows > FEW ? z.rows(0, FEW) : z.columns(0, Math.min(columns, FEW));
    sum.set(new double[] {k.sumOfSquares(some)});
    int[] last = {columns - 1, 0, columns - 1};
    Matrix gathered = window(in, rows, 3);
    k.gather(z, last, false, gathered);
    k.scatterAdd(in.matrix(rows, 1), new int[] {columns - 1}, y);
    return List.of(x, y, z, broadcast, rowDots, columnDots, copy, scaled, filled, sum, gathered);
  }

  private static List<Matrix> activations(Kernels k, Inputs in, int rows, int columns) {
    Matrix all = in.matrix(rows, columns);
    Matrix y = in.matrix(rows, columns);
    k.gelu(all, y);
    Matrix dX = in.matrix(rows, columns);
    k.geluBackward(all, dX, dX);
    Matrix x = window(in, rows, columns);
    Matrix up = in.matrix(rows, columns);
    Matrix z = in.matrix(rows, columns);
    k.swiGlu(x, up, z);
    Matrix dGate = window(in, rows, columns);
    Matrix dUp = in.matrix(rows, columns);
    k.swiGluBackward(x, up, dGate, dGate, dUp);
    Matrix dY = in.matrix(rows, columns);
    Matrix second = window(in, rows, columns);
    k.swiGluBackward(x, up, dY, second, dY);
    return List.of(y, dX, z, dGate, dUp, second, dY);
  }

  private static List<Matrix> norms(Kernels k, Inputs in, int rows, int columns) {
    Matrix x = window(in, rows, columns);
    Matrix gain = in.matrix(rows, 1);
    Matrix shift = in.matrix(rows, 1);
    Matrix y = in.matrix(rows, columns);
    Matrix stats = window(in, 2, columns);
    k.layerNorm(x, gain, shift, 1e-3, y, stats);
    Matrix dX = window(in, rows, columns);
    k.layerNormBackward(x, gain, stats, dX, dX);
    Matrix z = window(in, rows, columns);
    Matrix scale = window(in, 1, columns);
    k.rmsNorm(x, gain, 1e-3, z, scale);
    Matrix second = in.matrix(rows, columns);
    k.rmsNormBackward(x, gain, scale, second, second);
    return List.of(y, stats, dX, z, scale, second);
  }

  private static List<Matrix> softmax(Kernels k, Inputs in, int rows, int columns) {
    Matrix p = window(in, rows, columns);
    k.softmax(p, p);
    Matrix dX = in.matrix(rows, columns);
    k.softmaxBackward(p, dX, dX);
    Matrix logits = window(in, rows, columns);
    Matrix dLogits = in.matrix(rows, columns);
    int[] labels = IntStream.range(0, columns).map(t -> (rows - 1) * (1 - t % 2)).toArray();
    Matrix loss = in.matrix(1, 1);
    loss.set(new double[] {k.crossEntropy(logits, labels, 0.25, dLogits)});
    return List.of(p, dX, dLogits, loss);
  }

  private static List<Matrix> attention(Kernels k, Inputs in, int width) {
    TokenBatch batch = Matrices.batch(10, in.random(), 1, 70, 33, 128);
    int tokens = batch.tokens();
    Matrix q = in.matrix(2 * width, tokens);
    Matrix key = window(in, 2 * width, tokens);
    Matrix v = in.matrix(2 * width, tokens);
    Matrix o = window(in, 2 * width, tokens);
    Matrix logSumExp = window(in, 2, tokens);
    k.attention(q, key, v, 2, batch, o, logSumExp);
    Matrix dO = in.matrix(2 * width, tokens);
    Matrix dQ = in.matrix(2 * width, tokens);
    Matrix dK = window(in, 2 * width, tokens);
    Matrix dV = in.matrix(2 * width, tokens);
    k.attentionBackward(q, key, v, 2, batch, o, logSumExp, dO, dQ, dK, dV);
    return List.of(o, logSumExp, dQ, dK, dV);
  }

  private static List<Matrix> causal(Kernels k, Inputs in, CausalAttention form) {
    int width = form.width();
    TokenBatch batch = Matrices.batch(10, in.random(), 1, 100, 67);
    int[] some = IntStream.range(0, batch.tokens()).filter(t -> t % 3 != 1 && t > 1).toArray();
    List<Matrix> results = new ArrayList<>();
    for (AttentionSpans spans : List.of(AttentionSpans.of(batch), AttentionSpans.of(batch, some))) {
      int queries = spans.positions().length;
      Matrix q = in.matrix(4 * width, queries);
      Matrix key = in.matrix(2 * width, batch.tokens());
      Matrix v = window(in, 2 * width, batch.tokens());
      Matrix o = in.matrix(4 * width, queries);
      Matrix logSumExp = in.matrix(4, queries);
      k.causalAttention(form, spans, q, key, v, o, logSumExp);
      Matrix dO = window(in, 4 * width, queries);
      Matrix dQ = window(in, 4 * width, queries);
      Matrix dK = in.matrix(2 * width, batch.tokens());
      Matrix dV = in.matrix(2 * width, batch.tokens());
      k.causalAttentionBackward(form, spans, q, key, v, o, logSumExp, dO, dQ, dK, dV);
      results.addAll(
          form.window() == 1 ? List.of(o, logSumExp, dV) : List.of(o, logSumExp, dQ, dK, dV));
    }
    return results; // a window of one key has no gradient of Q and K but rounding
  }
}
