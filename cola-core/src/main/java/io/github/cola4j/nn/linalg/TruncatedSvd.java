package io.github.cola4j.nn.linalg;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.weight.Weight;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The leading singular triplets of a matrix W ≈ U diag(s) Vᵀ, every left vector with its largest
 * element positive: by LAPACK for small matrices, by randomised subspace iteration (Halko et al.,
 * arXiv 0909.4061, algorithm 4.4, 16 iterations as HF PEFT's {@code pissa_niter_16}) for large. The
 * error of the kth triplet falls as (s_{rank+9} / s_k)³³, down to the precision of W's products.
 *
 * @param left U [out × k], column by column
 * @param values the singular values, descending
 * @param right V [in × k], column by column
 */
public record TruncatedSvd(float[] left, double[] values, float[] right) {
  /** Below this smaller side LAPACK's full decomposition is quick enough. */
  private static final int SMALL = 192;

  private static final int OVERSAMPLING = 8;
  private static final int ITERATIONS = 16;

  /** The leading {@code rank} triplets; {@code seed} starts the iteration. */
  static TruncatedSvd leading(Weight w, int rank, long seed) {
    int smaller = Math.min(w.out(), w.in());
    if (rank > smaller) {
      throw new IllegalArgumentException("rank " + rank + " is more than the smaller side of " + w);
    }
    TruncatedSvd svd;
    try (Pass pass = new Pass(w.type())) {
      svd =
          smaller <= SMALL || rank + OVERSAMPLING > smaller / 2
              ? exact(w.matrix(pass), rank)
              : randomized(pass, w, rank, seed);
    }
    svd.orient();
    return svd;
  }

  /** Overwrites block {@code index} of r columns with weight · V √(s/scaling). */
  public void copyRight(
      int first, int rank, double scaling, double weight, Matrix target, int index) {
    copy(right, target.rows(), first, rank, scaling, weight, target, index);
  }

  /** Overwrites block {@code index} of r columns with weight · U √(s/scaling). */
  public void copyLeft(
      int first, int rank, double scaling, double weight, Matrix target, int index) {
    copy(left, target.rows(), first, rank, scaling, weight, target, index);
  }

  private void copy(
      float[] vectors,
      int rows,
      int first,
      int rank,
      double scaling,
      double weight,
      Matrix target,
      int index) {
    float[] block = new float[rows * rank];
    for (int k = 0; k < rank; k++) {
      double factor = weight * Math.sqrt(values[first + k] / scaling);
      for (int i = 0; i < rows; i++) {
        block[k * rows + i] = (float) (factor * vectors[(first + k) * rows + i]);
      }
    }
    target.columns(index * rank, (index + 1) * rank).set(block);
  }

  private static TruncatedSvd exact(Matrix w, int rank) {
    int out = w.rows();
    int in = w.columns();
    int n = Math.min(out, in);
    INDArray s = Nd4j.create(w.type(), new long[] {n}, 'f');
    INDArray u = Nd4j.create(w.type(), new long[] {out, out}, 'f');
    INDArray vt = Nd4j.create(w.type(), new long[] {in, in}, 'f');
    INDArray copy = Nd4j.create(w.toDoubles(), new long[] {out, in}, 'f').castTo(w.type());
    Nd4j.getBlasWrapper().lapack().gesvd(copy, s, u, vt); // W may be a GPU's
    float[] left = new float[out * rank];
    float[] right = new float[in * rank];
    double[] values = new double[rank];
    for (int k = 0; k < rank; k++) {
      values[k] = s.getDouble(k);
      for (int i = 0; i < out; i++) {
        left[k * out + i] = u.getFloat(i, k);
      }
      for (int i = 0; i < in; i++) {
        right[k * in + i] = vt.getFloat(k, i);
      }
    }
    return new TruncatedSvd(left, values, right);
  }

  private static TruncatedSvd randomized(Pass pass, Weight w, int rank, long seed) {
    int out = w.out();
    int in = w.in();
    int size = rank + OVERSAMPLING;
    float[] start = new float[in * size];
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) random.nextGaussian();
    }
    Matrix onRight = Matrix.of(w.type(), in, size, start);
    Matrix onLeft = Matrix.zeros(w.type(), out, size);
    double[][] basis = null; // orthonormal columns spanning the leading left space, [size][out]
    for (int i = 0; i <= ITERATIONS; i++) {
      w.multiply(pass, 1, onRight, 0, onLeft);
      basis = orthonormalized(onLeft);
      onLeft.set(flat(basis));
      w.multiplyTransposed(pass, onLeft, 0, onRight); // (QᵀW)ᵀ
      if (i < ITERATIONS) {
        onRight.set(flat(orthonormalized(onRight)));
      }
    }
    double[][] small = new double[in][size];
    double[] projected = onRight.toDoubles();
    for (int k = 0; k < size; k++) {
      for (int i = 0; i < in; i++) {
        small[i][k] = projected[k * in + i];
      }
    }
    Svd svd = LinearAlgebra.svd(new Array2DRowRealMatrix(small, false));
    float[] left = new float[out * rank];
    float[] right = new float[in * rank];
    double[] values = new double[rank];
    for (int k = 0; k < rank; k++) {
      values[k] = svd.values()[k];
      double[] mix = svd.v().getColumn(k);
      for (int i = 0; i < out; i++) {
        double sum = 0;
        for (int l = 0; l < size; l++) {
          sum += basis[l][i] * mix[l];
        }
        left[k * out + i] = (float) sum;
      }
      double[] rightVector = svd.u().getColumn(k);
      for (int i = 0; i < in; i++) {
        right[k * in + i] = (float) rightVector[i];
      }
    }
    return new TruncatedSvd(left, values, right);
  }

  /** Q of a thin QR. */
  private static double[][] orthonormalized(Matrix m) {
    return LinearAlgebra.thinQr(m, 0).q();
  }

  private static float[] flat(double[][] columns) {
    int rows = columns[0].length;
    float[] elements = new float[columns.length * rows];
    for (int k = 0; k < columns.length; k++) {
      for (int i = 0; i < rows; i++) {
        elements[k * rows + i] = (float) columns[k][i];
      }
    }
    return elements;
  }

  private void orient() {
    int out = left.length / values.length;
    int in = right.length / values.length;
    for (int k = 0; k < values.length; k++) {
      float largest = 0;
      for (int i = 0; i < out; i++) {
        float element = left[k * out + i];
        largest = Math.abs(element) > Math.abs(largest) ? element : largest;
      }
      if (largest < 0) {
        for (int i = 0; i < out; i++) {
          left[k * out + i] = -left[k * out + i];
        }
        for (int i = 0; i < in; i++) {
          right[k * in + i] = -right[k * in + i];
        }
      }
    }
  }
}
