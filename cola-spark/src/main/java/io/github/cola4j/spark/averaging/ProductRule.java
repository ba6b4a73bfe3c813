package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.lowrank.LowRankTruncation;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.Svd;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.averaging.Products.Part;
import io.github.cola4j.train.TaskState;
import java.util.List;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * The mean of products (FlexLoRA, arXiv 2402.11505), brought back to the rank that the factors can
 * have. In terms of {@link PairedFactors}: the q = ρr largest singular triplets of Σ p_k C_k G_k,
 * or fewer where it has fewer, are
 *
 * <pre>Σ_k p_k C_k G_k = [p_1 C_1 …] [G_1; …] ≈ X S Yᵀ    X [out × q],  Y [in × q]</pre>
 *
 * <p>from thin QRs of the stacked factors. Of the many pairs with this product, one near the means
 * Ḡ and C̄ is taken, so that averaged moments keep their meaning: with K = Ḡ Y [ρr × q] of full
 * column rank,
 *
 * <pre>G' = (I − K K⁺) Ḡ + K Yᵀ      C' = X S K⁺      C' G' = X S Yᵀ</pre>
 *
 * <p>G' is Ḡ, moved into the row space of the product; C' is what then gives the product. Where A
 * is the same in all shards and the product has rank ρr, G' = Ḡ and C' = C̄. Singular values of K
 * below a tenth of √S_1 are raised to that, so that C' does not grow where Ḡ hardly meets the
 * product: the factors then move farther, their product is the same.
 */
record ProductRule() implements AveragingRule {
  private static final double ZERO = 1e-7;
  private static final double LEAST = 0.1;

  @Override
  public Compatibility compatibility() {
    return Compatibility.PAIRS_OF_ONE_TASK;
  }

  @Override
  public TaskState average(Iterable<Weighted> updates, AdapterStructure adapters) {
    return Products.corrected(updates, adapters, ProductRule::project);
  }

  private static void project(PairedFactors pair, List<Part> parts, float[] theta) {
    LowRankTruncation product = new LowRankTruncation(Products.stacked(pair, parts));
    double[] values = product.values();
    int rank = 0;
    while (rank < Math.min(pair.rank(), values.length) && values[rank] > ZERO * values[0]) {
      rank++;
    }
    RealMatrix meanG = pair.g(theta);
    RealMatrix meanC = pair.c(theta);
    if (rank == 0) { // the product is zero
      pair.addC(theta, meanC.scalarMultiply(-1));
      return;
    }
    LowRank best = product.to(rank); // X √S and Y √S
    RealMatrix y = Products.columns(best.a());
    RealMatrix xs = Products.columns(best.b());
    for (int k = 0; k < rank; k++) {
      double root = Math.sqrt(values[k]);
      y.setColumnVector(k, y.getColumnVector(k).mapDivide(root));
      xs.setColumnVector(k, xs.getColumnVector(k).mapMultiply(root));
    }
    Svd k = LinearAlgebra.svd(meanG.transpose().multiply(y)); // W Γ Zᵀ
    double[] gamma = k.values();
    double least = LEAST * Math.sqrt(values[0]);
    RealMatrix raised = MatrixUtils.createRealMatrix(rank, rank);
    RealMatrix inverse = MatrixUtils.createRealMatrix(rank, rank);
    for (int i = 0; i < rank; i++) {
      raised.setEntry(i, i, Math.max(gamma[i], least));
      inverse.setEntry(i, i, 1 / Math.max(gamma[i], least));
    }
    RealMatrix w = k.u();
    RealMatrix z = k.v();
    // Gᵀ is what is at hand: ΔGᵀ = −Ḡᵀ W Wᵀ + Y Z Γ Wᵀ
    RealMatrix intoRowSpace = y.multiply(z).multiply(raised).subtract(meanG.multiply(w));
    pair.addG(theta, intoRowSpace.multiply(w.transpose()));
    pair.addC(theta, xs.multiply(z).multiply(inverse).multiply(w.transpose()).subtract(meanC));
  }
}
