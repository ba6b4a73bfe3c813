package io.github.cola4j.nn;

import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.List;

/**
 * Sums, scalings and selections of elements, rows and columns, and mean pooling. {@link Kernels}
 * has what holds for all.
 */
public interface ElementwiseKernels {

  /** weight · X. */
  record Term(double weight, Matrix x) {}

  /**
   * Y ← Σ weight · X, or Y ← Y + Σ weight · X.
   *
   * @param y [rows × columns], as every X
   * @param terms added in their order; none is 0
   */
  record Sum(Matrix y, boolean accumulate, List<Term> terms) {}

  /** Every column of Y becomes the column b [rows × 1]. */
  void broadcast(Matrix b, Matrix y);

  /** Y ← Y + alpha X. */
  void add(double alpha, Matrix x, Matrix y);

  /** Y ← alpha X. */
  default void scale(double alpha, Matrix x, Matrix y) {
    fill(0, y);
    add(alpha, x, y);
  }

  /**
   * Several sums of which none needs another: no Y overlaps an X or Y of the others. A device may
   * launch them together.
   */
  default void sums(List<Sum> all) {
    for (Sum sum : all) {
      boolean isSet = sum.accumulate;
      for (Term term : sum.terms) {
        if (isSet) {
          add(term.weight, term.x, sum.y);
        } else {
          scale(term.weight, term.x, sum.y);
        }
        isSet = true;
      }
      if (!isSet) {
        fill(0, sum.y);
      }
    }
  }

  /** Y ← X. */
  void copy(Matrix x, Matrix y);

  /** X ← value. */
  void fill(double value, Matrix x);

  /** Y ← X ⊙ M. */
  void multiply(Matrix x, Matrix m, Matrix y);

  /** Y ← beta Y + diag(scale) X; Y may be X where beta is 0. */
  void scaleRows(Matrix scale, Matrix x, double beta, Matrix y);

  /** out_i += Σ_t x_it y_it for out [rows × 1]. */
  void rowDots(Matrix x, Matrix y, Matrix out);

  /** Y ← beta Y + X diag(scale) for scale [1 × T]; Y may be X where beta is 0. */
  void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y);

  /** out_t ← Σ_i x_it y_it for out [1 × T]. */
  void columnDots(Matrix x, Matrix y, Matrix out);

  /** Each element of Y becomes 1/√x, or 0 where x ≤ 0; Y may be X. */
  void inverseRoots(Matrix x, Matrix y);

  /** Column t of Y becomes (or, if accumulating, grows by) column {@code index[t]} of the table. */
  void gather(Matrix table, int[] index, boolean accumulate, Matrix y);

  /**
   * Column t of Y [in × n] becomes row {@code rows[t]} of a frozen W as it is stored, decoded to
   * float32.
   */
  default void gather(StoredMatrix w, int[] rows, Matrix y) {
    float[] columns = new float[Math.multiplyExact(w.in(), rows.length)];
    for (int t = 0; t < rows.length; t++) {
      w.decode(rows[t], 1, columns, t * w.in());
    }
    y.set(columns);
  }

  /** Column {@code index[t]} of Y grows by column t of X; no index occurs twice. */
  void scatterAdd(Matrix x, int[] index, Matrix y);

  /** Column s of Y is the mean of the columns of sequence s. */
  void meanPool(Matrix x, TokenBatch batch, Matrix y);

  /** Every column of sequence s becomes dY_s divided by its length; overwrites dX. */
  void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX);
}
