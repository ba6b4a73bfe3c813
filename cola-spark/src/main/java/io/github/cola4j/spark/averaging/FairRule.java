package io.github.cola4j.spark.averaging;

import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.spark.averaging.Products.Part;
import io.github.cola4j.train.TaskState;
import java.util.List;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/**
 * LoRA-FAIR (arXiv 2411.14961) with the norm squared, which has a closed form. The mean of A stays,
 * and B is corrected so that the product comes near the mean of products: in terms of {@link
 * PairedFactors}, with means Ḡ, C̄ and E = Σ p_k C_k G_k − C̄ Ḡ,
 *
 * <pre>
 *   ΔC = argmin ‖E − ΔC Ḡ‖² + λ ‖ΔC‖² = E Ḡᵀ (Ḡ Ḡᵀ + λ I)⁻¹
 *   E Ḡᵀ = Σ p_k C_k (G_k Ḡᵀ) − C̄ (Ḡ Ḡᵀ)
 * </pre>
 *
 * <p>Only matrices of ρr × ρr are added to the factors themselves.
 *
 * @param lambda λ, above 0
 */
record FairRule(double lambda) implements AveragingRule {
  @Override
  public Compatibility compatibility() {
    return Compatibility.PAIRS_OF_ONE_TASK;
  }

  @Override
  public TaskState average(Iterable<Weighted> updates, AdapterStructure adapters) {
    return Products.corrected(updates, adapters, this::correct);
  }

  private void correct(PairedFactors pair, List<Part> parts, float[] theta) {
    RealMatrix g = pair.g(theta);
    RealMatrix gram = g.transpose().multiply(g);
    RealMatrix left = pair.c(theta).multiply(gram).scalarMultiply(-1);
    for (Part part : parts) {
      RealMatrix meeting = pair.g(part.theta()).transpose().multiply(g);
      left = left.add(pair.c(part.theta()).multiply(meeting).scalarMultiply(part.share()));
    }
    RealMatrix ridge =
        gram.add(MatrixUtils.createRealIdentityMatrix(pair.rank()).scalarMultiply(lambda));
    // (Ḡ Ḡᵀ + λ I)⁻¹ is symmetric
    RealMatrix solved = LinearAlgebra.solve(ridge, left.transpose());
    pair.addC(theta, solved.transpose());
  }
}
