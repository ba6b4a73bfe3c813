package io.github.cola4j.model.loss;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.SymmetricEigen;
import java.util.stream.IntStream;

/**
 * BA-LoRA's regularisers (arXiv 2408.04556, section 3) of n columns that are computed together, in
 * float64 on the heap. With Z the adapted and Z⁰ the frozen model's outputs, p = softmax(Z):
 *
 * <pre>
 *   consistency  ‖h − h⁰‖²/d of embeddings, or KL(p⁰ ‖ p):  dZ = p − p⁰
 *   diversity    Σ_{i≠j} C_ij²/c with C = cov(Z) [c × c]:   dZ = 4 C_off Z_centred / ((n−1) c)
 *                or Σ_{v in top k} p_v log p_v:             dZ = p ⊙ (g − pᵀg), g_v = 1 + log p_v there
 *   svd          −Σ_{i≤k} σ_i / Σ σ_i of Z = U Σ Vᵀ:        dZ = Z V diag(f_i/σ_i) Vᵀ,
 *                f_i = (Σ_{j≤k} σ_j − [i ≤ k] Σ σ_j) / (Σ σ_j)²
 * </pre>
 *
 * <p>Terms of a column are added up over columns; those of a whole matrix count n times. So each
 * regulariser weighs λ against the mean cross-entropy of a step.
 */
public final class OutputRegularizer {
  /** Singular values below this share of the largest have no direction of their own. */
  private static final double NEGLIGIBLE = 1e-6;

  private final Regularization config;
  private double penalty;

  /** One that has added up nothing. */
  public OutputRegularizer(Regularization config) {
    this.config = config;
  }

  /** Forgets what was added up. */
  public void reset() {
    penalty = 0;
  }

  /** What the regularisers came to since the last reset, scaled as the cross-entropy is. */
  public double penalty() {
    return penalty;
  }

  /**
   * A classifier's: adds to the gradients of embeddings and logits.
   *
   * @param h the adapted embeddings [d × n]
   * @param frozen the frozen model's [d × n]
   * @param logits [classes × n]
   * @param scale of the cross-entropy's gradient
   */
  public void classifier(
      Pass pass, Matrix h, Matrix frozen, Matrix logits, double scale, Matrix dH, Matrix dLogits) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix difference = pass.matrix(h.rows(), h.columns());
    kernels.copy(h, difference);
    kernels.add(-1, frozen, difference);
    double weight = scale * config.consistency() / h.rows();
    penalty += weight * kernels.sumOfSquares(difference);
    kernels.add(2 * weight, difference, dH);
    pass.arena().release(mark);
    int n = logits.columns();
    if (config.diversity() > 0 && n > 1) {
      addCovariance(logits, scale * n * config.diversity(), dLogits);
    }
    addSingularValues(pass, logits, scale * n * config.svd(), dLogits);
  }

  /**
   * A language model's: adds to the gradient of logits.
   *
   * @param logits [vocabulary × n]
   * @param frozen the frozen model's [vocabulary × n]
   * @param scale of the cross-entropy's gradient
   */
  public void languageModel(Pass pass, Matrix logits, Matrix frozen, double scale, Matrix dLogits) {
    int rows = logits.rows();
    double[] gradient = new double[rows];
    for (int t = 0; t < logits.columns(); t++) {
      double[] p = softmax(logits.columns(t, t + 1).toDoubles());
      double[] reference = softmax(frozen.columns(t, t + 1).toDoubles());
      double[] g = topSlopes(p, scale * config.diversity());
      double centre = 0;
      for (int v = 0; v < rows; v++) {
        if (reference[v] > 0) {
          penalty += scale * config.consistency() * reference[v] * Math.log(reference[v] / p[v]);
        }
        centre += p[v] * g[v];
      }
      for (int v = 0; v < rows; v++) {
        gradient[v] = scale * config.consistency() * (p[v] - reference[v]) + p[v] * (g[v] - centre);
      }
      var mark = pass.arena().mark();
      Matrix column = pass.matrix(rows, 1);
      column.set(gradient);
      pass.kernels().add(1, column, dLogits.columns(t, t + 1));
      pass.arena().release(mark);
    }
    addSingularValues(pass, logits, scale * logits.columns() * config.svd(), dLogits);
  }

  /** weight (1 + log p) of the k likeliest, zero elsewhere; adds weight Σ p log p. */
  private double[] topSlopes(double[] p, double weight) {
    double[] g = new double[p.length];
    if (weight > 0) {
      int k = Math.min(config.top(), p.length);
      IntStream.range(0, p.length)
          .boxed()
          .sorted((v, w) -> Double.compare(p[w], p[v]))
          .limit(k)
          .filter(v -> p[v] > 0)
          .forEach(
              v -> {
                g[v] = weight * (1 + Math.log(p[v]));
                penalty += weight * p[v] * Math.log(p[v]);
              });
    }
    return g;
  }

  private void addCovariance(Matrix logits, double weight, Matrix dLogits) {
    int classes = logits.rows();
    int n = logits.columns();
    double[] z = logits.toDoubles();
    for (int i = 0; i < classes; i++) {
      double mean = 0;
      for (int t = 0; t < n; t++) {
        mean += z[t * classes + i] / n;
      }
      for (int t = 0; t < n; t++) {
        z[t * classes + i] -= mean;
      }
    }
    double[] gradient = new double[z.length];
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        double covariance = 0;
        for (int t = 0; t < n && i != j; t++) {
          covariance += z[t * classes + i] * z[t * classes + j] / (n - 1);
        }
        penalty += weight * covariance * covariance / classes;
        for (int t = 0; t < n; t++) {
          gradient[t * classes + i] +=
              weight * 4 * covariance * z[t * classes + j] / ((n - 1.0) * classes);
        }
      }
    }
    addTo(dLogits, gradient);
  }

  private static void addTo(Matrix target, double[] gradient) {
    double[] elements = target.toDoubles();
    for (int i = 0; i < elements.length; i++) {
      elements[i] += gradient[i];
    }
    target.set(elements);
  }

  private void addSingularValues(Pass pass, Matrix z, double weight, Matrix dZ) {
    if (weight == 0) {
      return;
    }
    int n = z.columns();
    var mark = pass.arena().mark();
    Matrix gram = pass.matrix(n, n);
    pass.kernels().gemm(1, z, true, z, false, 0, gram);
    double[] elements = gram.toDoubles();
    double[][] symmetric = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        symmetric[i][j] = (elements[i * n + j] + elements[j * n + i]) / 2;
      }
    }
    SymmetricEigen eigen = LinearAlgebra.eigen(symmetric);
    double[] sigma = new double[n];
    double sum = 0;
    double leading = 0;
    for (int i = 0; i < n; i++) { // descending
      sigma[i] = Math.sqrt(Math.max(0, eigen.values()[i]));
      sum += sigma[i];
      leading += i < config.top() ? sigma[i] : 0;
    }
    if (sum > 0) {
      penalty -= weight * leading / sum;
      double[] mix = new double[n * n];
      for (int k = 0; k < n && sigma[k] > NEGLIGIBLE * sigma[0]; k++) {
        double slope = (leading - (k < config.top() ? sum : 0)) / (sum * sum) / sigma[k];
        double[] v = eigen.vectors()[k];
        for (int j = 0; j < n; j++) {
          for (int i = 0; i < n; i++) {
            mix[j * n + i] += slope * v[i] * v[j];
          }
        }
      }
      gram.set(mix);
      pass.kernels().gemm(weight, z, false, gram, false, 1, dZ);
    }
    pass.arena().release(mark);
  }

  private static double[] softmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      max = Math.max(max, logit);
    }
    double[] p = new double[logits.length];
    double sum = 0;
    for (int v = 0; v < p.length; v++) {
      p[v] = Math.exp(logits[v] - max);
      sum += p[v];
    }
    for (int v = 0; v < p.length; v++) {
      p[v] /= sum;
    }
    return p;
  }
}
