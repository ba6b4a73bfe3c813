package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.Weight;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The leading singular triplets of a matrix W ≈ U diag(s) Vᵀ, every left vector with its largest
 * element positive: by LAPACK for small matrices, by randomised subspace iteration (Halko et al.,
 * arXiv 0909.4061, algorithm 4.4, 16 iterations as HF PEFT's {@code pissa_niter_16}) for large.
 *
 * @param left U [out × k], column by column
 * @param values the singular values, descending
 * @param right V [in × k], column by column
 */
public record Svd(float[] left, double[] values, float[] right) {
  /** Below this smaller side LAPACK's full decomposition is quick enough. */
  private static final int SMALL = 192;

  private static final int OVERSAMPLING = 8;
  private static final int ITERATIONS = 16;

  /** The leading {@code rank} triplets; {@code seed} starts the iteration. */
  public static Svd leading(Matrix w, int rank, long seed) {
    return leading(Weight.of(w), rank, seed);
  }

  /** The leading {@code rank} triplets of a frozen weight; {@code seed} starts the iteration. */
  public static Svd leading(Weight w, int rank, long seed) {
    int smaller = Math.min(w.out(), w.in());
    if (rank > smaller) {
      throw new IllegalArgumentException("rank " + rank + " is more than the smaller side of " + w);
    }
    Svd svd;
    try (Pass pass = new Pass(w.type())) {
      svd =
          smaller <= SMALL || rank + OVERSAMPLING > smaller / 2
              ? exact(w.matrix(pass), rank)
              : randomized(pass, w, rank, seed);
    }
    svd.orient();
    return svd;
  }

  /** Overwrites block {@code index} of the A factors with weight · √(s/scaling) V, r columns. */
  public void copyRight(
      int first, int rank, double scaling, double weight, Matrix target, int index) {
    copy(right, target.rows(), first, rank, scaling, weight, target, index);
  }

  /** Overwrites block {@code index} of the B factors with weight · U √(s/scaling), r columns. */
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

  private static Svd exact(Matrix w, int rank) {
    int out = w.rows();
    int in = w.columns();
    int n = Math.min(out, in);
    INDArray s = Nd4j.create(w.type(), new long[] {n}, 'f');
    INDArray u = Nd4j.create(w.type(), new long[] {out, out}, 'f');
    INDArray vt = Nd4j.create(w.type(), new long[] {in, in}, 'f');
    Nd4j.getBlasWrapper().lapack().gesvd(w.array().dup('f'), s, u, vt);
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
    return new Svd(left, values, right);
  }

  private static Svd randomized(Pass pass, Weight w, int rank, long seed) {
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
    var svd = new SingularValueDecomposition(new Array2DRowRealMatrix(small, false));
    float[] left = new float[out * rank];
    float[] right = new float[in * rank];
    double[] values = new double[rank];
    for (int k = 0; k < rank; k++) {
      values[k] = svd.getSingularValues()[k];
      double[] mix = svd.getV().getColumn(k);
      for (int i = 0; i < out; i++) {
        double sum = 0;
        for (int l = 0; l < size; l++) {
          sum += basis[l][i] * mix[l];
        }
        left[k * out + i] = (float) sum;
      }
      double[] rightVector = svd.getU().getColumn(k);
      for (int i = 0; i < in; i++) {
        right[k * in + i] = (float) rightVector[i];
      }
    }
    return new Svd(left, values, right);
  }

  /** The columns after Gram–Schmidt, done twice, in double. */
  private static double[][] orthonormalized(Matrix m) {
    double[] elements = m.toDoubles();
    int rows = m.rows();
    double[][] columns = new double[m.columns()][rows];
    for (int k = 0; k < columns.length; k++) {
      System.arraycopy(elements, k * rows, columns[k], 0, rows);
      for (int pass = 0; pass < 2; pass++) {
        for (int l = 0; l < k; l++) {
          double along = dot(columns[k], columns[l]);
          for (int i = 0; i < rows; i++) {
            columns[k][i] -= along * columns[l][i];
          }
        }
      }
      double norm = Math.sqrt(dot(columns[k], columns[k]));
      for (int i = 0; i < rows; i++) {
        columns[k][i] = norm == 0 ? 0 : columns[k][i] / norm;
      }
    }
    return columns;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
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
