package io.github.cola4j.model.bert;

import static io.github.cola4j.model.attention.BiasedAttention.part;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.WeightLoader;
import io.github.cola4j.model.attention.BiasedAttention;
import io.github.cola4j.model.attention.SkewedScores;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Disentangled attention (DeBERTa, arXiv 2006.03654, section 3.1; the buckets of 2111.09543):
 * scores are of a token's content with another's, with a frozen embedding E of their distance, and
 * of that with the other's content. Within each sequence, head by head,
 *
 * <pre>
 *   S_ji = s (K_jᵀQ_i + P_{i−j}ᵀQ_i + R_{i−j}ᵀK_j)   O = V softmax(S)
 *   P = W_p E   R = W_r E   s = 1/√(dh · number of terms)
 * </pre>
 *
 * W_p and W_r are linear layers of their own, or the block's for keys and queries, with their
 * adapters. Tasks side by side in a batch have a P and an R each.
 */
final class DisentangledAttention {
  private final BertConfig config;
  private final Disentangling form;
  private final Matrix table; // E [d × 2 span]
  private final LayerNorm norm; // of E's columns; null for none

  DisentangledAttention(BertConfig config, WeightLoader load) {
    this.config = config;
    this.form = config.disentangling();
    int d = config.hiddenSize();
    table = load.table("encoder.rel_embeddings.weight", d, 2 * form.span());
    norm =
        form.normalised()
            ? load.layerNorm("encoder.LayerNorm", d, config.blocks().layerNormEps())
            : null;
  }

  /** That of a pass, whose working memory has E of all distances between tokens of a sequence. */
  PlacedAttention of(Pass pass, TokenBatch batch) {
    int longest = IntStream.range(0, batch.sequences()).map(batch::length).max().orElseThrow();
    int distances = 2 * longest - 1;
    int[] columns = IntStream.range(0, distances).map(c -> form.column(c + 1 - longest)).toArray();
    Matrix ascending = pass.matrix(config.hiddenSize(), distances);
    pass.kernels().gather(table, columns, false, ascending);
    if (norm != null) {
      Matrix raw = ascending;
      ascending = pass.matrix(raw.rows(), raw.columns());
      norm.forward(pass, raw, ascending);
    }
    Matrix descending = pass.matrix(config.hiddenSize(), distances);
    int[] reversed = IntStream.range(0, distances).map(c -> distances - 1 - c).toArray();
    pass.kernels().gather(ascending, reversed, false, descending);
    int width = config.hiddenSize() / config.heads();
    double scale = 1.0 / (float) Math.sqrt(width * form.terms()); // as transformers rounds it
    return new OfPass(
        form,
        config.heads(),
        scale,
        batch,
        longest,
        ascending,
        descending,
        SkewedScores.identity(pass));
  }

  /**
   * The attention of a pass.
   *
   * @param longest L, tokens of the longest sequence
   * @param ascending E of the distances 1 − L to L − 1 [d × (2L − 1)]
   * @param descending the other way round
   */
  private record OfPass(
      Disentangling form,
      int heads,
      double scale,
      TokenBatch batch,
      int longest,
      Matrix ascending,
      Matrix descending,
      Matrix identity)
      implements PlacedAttention {

    /** What a block's backward needs, by task. */
    private record Kept(List<Distances> tasks) implements Saved {}

    /**
     * P and R of a task.
     *
     * @param p distances descending [d × (2L − 1)]; null for none
     * @param r distances ascending; null for none
     */
    private record Distances(
        Adapters.Task task, Matrix p, Matrix r, Adapter.Saved savedP, Adapter.Saved savedR) {}

    /** A head of a sequence. */
    private record Part(int head, int heads, int from, int to, int longest) {
      int length() {
        return to - from;
      }

      Matrix of(Matrix m) {
        return part(m, head, heads, from, to);
      }

      /** The distances between its tokens [dh × (2n − 1)]. */
      Matrix distances(Matrix m) {
        int first = longest - length();
        return part(m, head, heads, first, first + 2 * length() - 1);
      }
    }

    private FrozenLinear forP(BertLayer block) {
      return form.shared() ? block.key() : block.distances().p();
    }

    private FrozenLinear forR(BertLayer block) {
      return form.shared() ? block.query() : block.distances().r();
    }

    /** Calls for every head of a task's sequences, with working memory of its own. */
    private void forEach(Pass pass, Adapters.Task task, Consumer<Part> computation) {
      for (int s = 0; s < batch.sequences(); s++) {
        int from = batch.starts()[s];
        if (from >= task.from() && from < task.to()) {
          for (int h = 0; h < heads; h++) {
            var mark = pass.arena().mark();
            computation.accept(new Part(h, heads, from, batch.starts()[s + 1], longest));
            pass.arena().release(mark);
          }
        }
      }
    }

    @Override
    public Saved forward(
        Pass pass, Adapters adapters, BertLayer block, Matrix q, Matrix k, Matrix v, Matrix o) {
      List<Distances> tasks = new ArrayList<>();
      for (Adapters.Task task : adapters.tasks(batch.tokens())) {
        pass.enter(task.number());
        Distances distances = project(pass, task, block);
        tasks.add(distances);
        forEach(
            pass,
            task,
            part ->
                BiasedAttention.forward(
                    pass,
                    scale,
                    part.of(q),
                    part.of(k),
                    part.of(v),
                    bias(pass, distances, part, q, k),
                    part.of(o)));
      }
      return new Kept(tasks);
    }

    private Distances project(Pass pass, Adapters.Task task, BertLayer block) {
      Matrix p = null;
      Matrix r = null;
      Adapter.Saved savedP = null;
      Adapter.Saved savedR = null;
      if (form.contentToPosition()) {
        FrozenLinear linear = forP(block);
        p = pass.matrix(linear.out(), descending.columns());
        savedP = AdaptedLinear.forward(pass, linear, task.adapters().get(linear), descending, p);
      }
      if (form.positionToContent()) {
        FrozenLinear linear = forR(block);
        r = pass.matrix(linear.out(), ascending.columns());
        savedR = AdaptedLinear.forward(pass, linear, task.adapters().get(linear), ascending, r);
      }
      return new Distances(task, p, r, savedP, savedR);
    }

    /** s (P_{i−j}ᵀQ_i + R_{i−j}ᵀK_j) [n × n]. */
    private Matrix bias(Pass pass, Distances distances, Part part, Matrix q, Matrix k) {
      int n = part.length();
      Matrix bias = pass.matrix(n, n);
      Matrix scores = pass.matrix(2 * n - 1, n);
      if (distances.p == null) {
        pass.kernels().fill(0, bias);
      } else {
        Matrix p = part.distances(distances.p);
        pass.kernels().gemm(scale, p, true, part.of(q), false, 0, scores);
        pass.kernels().copy(SkewedScores.square(scores), bias);
      }
      if (distances.r != null) {
        Matrix r = part.distances(distances.r);
        pass.kernels().gemm(scale, r, true, part.of(k), false, 0, scores);
        SkewedScores.addTransposed(pass, identity, SkewedScores.square(scores), bias);
      }
      return bias;
    }

    @Override
    public void backward(
        Pass pass,
        Adapters adapters,
        BertLayer block,
        Saved saved,
        Matrix q,
        Matrix k,
        Matrix v,
        Matrix dO,
        Matrix dQ,
        Matrix dK,
        Matrix dV) {
      for (Distances distances : ((Kept) saved).tasks) {
        Adapters own = distances.task.adapters();
        pass.enter(distances.task.number());
        Adapter adapterP = distances.p == null ? null : own.get(forP(block));
        Adapter adapterR = distances.r == null ? null : own.get(forR(block));
        Matrix dP = adapterP == null ? null : zeros(pass, distances.p);
        Matrix dR = adapterR == null ? null : zeros(pass, distances.r);
        forEach(
            pass,
            distances.task,
            part -> {
              Matrix bias = bias(pass, distances, part, q, k);
              Matrix partQ = part.of(dQ);
              Matrix partK = part.of(dK);
              Matrix dS =
                  BiasedAttention.backward(
                      pass,
                      scale,
                      part.of(q),
                      part.of(k),
                      part.of(v),
                      bias,
                      part.of(dO),
                      partQ,
                      0,
                      partK,
                      part.of(dV));
              Matrix dScores = pass.matrix(2 * part.length() - 1, part.length());
              if (distances.p != null) {
                pass.kernels().fill(0, dScores);
                pass.kernels().copy(dS, SkewedScores.square(dScores));
                add(pass, part, part.of(q), distances.p, dScores, partQ, dP);
              }
              if (distances.r != null) {
                pass.kernels().fill(0, dScores);
                SkewedScores.transpose(pass, identity, dS, SkewedScores.square(dScores));
                add(pass, part, part.of(k), distances.r, dScores, partK, dR);
              }
            });
        if (adapterP != null) {
          adapterP.backward(pass, distances.savedP, dP, 0, null);
        }
        if (adapterR != null) {
          adapterR.backward(pass, distances.savedR, dR, 0, null);
        }
      }
    }

    /**
     * Gradients of Z = s YᵀX for columns Y of distances: dX ← dX + s Y dZ, dY ← dY + s X dZᵀ.
     *
     * @param dY null where nobody needs it
     */
    private void add(Pass pass, Part part, Matrix x, Matrix y, Matrix dZ, Matrix dX, Matrix dY) {
      pass.kernels().gemm(scale, part.distances(y), false, dZ, false, 1, dX);
      if (dY != null) {
        pass.kernels().gemm(scale, x, false, dZ, true, 1, part.distances(dY));
      }
    }

    private static Matrix zeros(Pass pass, Matrix like) {
      Matrix zeros = pass.matrix(like.rows(), like.columns());
      pass.kernels().fill(0, zeros);
      return zeros;
    }
  }
}
