package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.lowrank.LowRankTruncation;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.averaging.Products.Part;
import io.github.cola4j.train.TaskState;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.linear.RealMatrix;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * FedEx-LoRA (arXiv 2410.09432): factors are averaged, and what the mean product has beyond the
 * product of means is added to weights that are not trained. These are a pair of factors of the
 * task, R_B R_A of rank q ({@code adapter.residual}), since the model's own weights are of all
 * tasks. In terms of {@link PairedFactors}, with means Ḡ and C̄:
 *
 * <pre>
 *   R_B' R_A' ≈ R_B R_A + Σ p_k C_k G_k − C̄ Ḡ = R_B R_A + Σ p_k (C_k − C̄)(G_k − Ḡ)
 * </pre>
 *
 * <p>the best approximation of rank q, from thin QRs of the stacks [R_B, p_1 (C_1 − C̄), …] [out ×
 * q + K·ρr] and [R_A; G_1 − Ḡ; …]. With differences instead of products nothing cancels. The pair
 * counts s times, as the product does.
 */
record ResidualRule() implements AveragingRule {
  @Override
  public Compatibility compatibility() {
    return Compatibility.PAIRS_OF_ONE_TASK;
  }

  @Override
  public TaskState average(Iterable<Weighted> updates, AdapterStructure adapters) {
    return Products.corrected(
        updates,
        adapters,
        (pair, parts, theta) -> add(pair, adapters.residual(pair), parts, theta));
  }

  /**
   * Adds to a module's residual pair what the means have lost.
   *
   * @param residual R_Aᵀ [in × q] and R_B [out × q]
   */
  private static void add(
      PairedFactors pair, List<Entry> residual, List<Part> parts, float[] theta) {
    Entry residualA = residual.get(0);
    Entry residualB = residual.get(1);
    RealMatrix meanG = pair.g(theta);
    RealMatrix meanC = pair.c(theta);
    int rank = pair.rank();
    int kept = residualA.columns();
    int columns = kept + parts.size() * rank;
    Matrix a = Matrix.zeros(DataType.DOUBLE, residualA.rows(), columns);
    Matrix b = Matrix.zeros(DataType.DOUBLE, residualB.rows(), columns);
    a.columns(0, kept).set(slice(residualA, theta));
    b.columns(0, kept).set(slice(residualB, theta));
    for (int k = 0; k < parts.size(); k++) {
      Part part = parts.get(k);
      int column = kept + k * rank;
      Products.set(a, column, pair.g(part.theta()).subtract(meanG));
      Products.set(b, column, pair.c(part.theta()).subtract(meanC).scalarMultiply(part.share()));
    }
    LowRank best = new LowRankTruncation(new LowRank(a, b)).to(kept);
    replace(residualA, theta, best.a().toArray());
    replace(residualB, theta, best.b().toArray());
  }

  private static float[] slice(Entry entry, float[] theta) {
    return Arrays.copyOfRange(theta, entry.offset(), entry.offset() + entry.length());
  }

  /** The first columns are the new ones; the rest becomes zero. */
  private static void replace(Entry entry, float[] theta, float[] columns) {
    Arrays.fill(theta, entry.offset(), entry.offset() + entry.length(), 0);
    System.arraycopy(columns, 0, theta, entry.offset(), columns.length);
  }
}
