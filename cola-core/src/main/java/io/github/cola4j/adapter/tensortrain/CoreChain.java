package io.github.cola4j.adapter.tensortrain;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.List;

/**
 * The cores of a tensor train from one of its ends, multiplied. With C_1 [n_1 × r] and C_k [r ×
 * n_k·r], column j + n_k c of which belongs to index j of the mode and rank c,
 *
 * <pre>
 *   H_1 = C_1    H_k = (H_{k−1} C_k) read as [n_1 ⋯ n_k × r]
 *   dC_k += H_{k−1}ᵀ dH_k    dH_{k−1} = dH_k C_kᵀ    with dH_k read as [n_1 ⋯ n_{k−1} × n_k·r]
 * </pre>
 *
 * <p>Row j_1 + n_1 (j_2 + n_2 (…)) of the last H has the indices j_1, j_2, … Reading in another
 * shape costs nothing, since matrices are column by column.
 */
final class CoreChain {
  private final List<Matrix> cores;
  private final List<Matrix> gradients;
  private final Matrix[] products; // H_k [n_1 ⋯ n_k × r]; the first is C_1 itself

  /**
   * @param cores windows of the task's parameters, the end of the train first
   * @param gradients windows of the gradient like {@code cores}
   */
  CoreChain(List<Matrix> cores, List<Matrix> gradients) {
    this.cores = cores;
    this.gradients = gradients;
    this.products = new Matrix[cores.size()];
    Matrix end = cores.get(0);
    products[0] = end;
    int rank = end.columns();
    for (int k = 1; k < products.length; k++) {
      int rows = products[k - 1].rows() * (cores.get(k).columns() / rank);
      products[k] = Matrix.zeros(end.type(), rows, rank);
    }
  }

  /** Multiplies the cores as they are now. */
  void refresh(Kernels kernels) {
    for (int k = 1; k < products.length; k++) {
      Matrix core = cores.get(k);
      Matrix before = products[k - 1];
      Matrix target = products[k].reshape(before.rows(), core.columns());
      kernels.gemm(1, before, false, core, false, 0, target);
    }
  }

  /** The last H, [n_1 ⋯ n_p × r]. */
  Matrix product() {
    return products[products.length - 1];
  }

  /** Adds to the cores' gradients what the gradient of the product gives; takes working memory. */
  void backward(Pass pass, Matrix dProduct) {
    Matrix dH = dProduct;
    for (int k = products.length - 1; k > 0; k--) {
      Matrix core = cores.get(k);
      Matrix before = products[k - 1];
      Matrix wide = dH.reshape(before.rows(), core.columns());
      pass.kernels().gemm(1, before, true, wide, false, 1, gradients.get(k));
      dH = pass.matrix(before.rows(), before.columns());
      pass.kernels().gemm(1, wide, false, core, true, 0, dH);
    }
    pass.kernels().add(1, dH, gradients.get(0));
  }
}
