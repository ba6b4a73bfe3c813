package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.TiledProduct;
import io.github.cola4j.nn.kernels.nd4j.Nd4jStorage;
import io.github.cola4j.nn.kernels.onednn.Multiplier;
import io.github.cola4j.nn.kernels.onednn.OneDnn;
import io.github.cola4j.nn.stored.FloatMatrix;
import io.github.cola4j.nn.stored.Int8Matrix;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Matrix multiplication by oneDNN, which has code for the processor at hand; by OpenBLAS where it
 * cannot be loaded.
 */
final class CpuGemmKernels implements GemmKernels {
  private final Multiplier oneDnn = OneDnn.unavailable() == null ? new Multiplier() : null;
  private final TiledProduct tiled = new TiledProduct(this);

  @Override
  public void gemm(
      double alpha,
      Matrix a,
      boolean transposeA,
      Matrix b,
      boolean transposeB,
      double beta,
      Matrix c) {
    int inner = transposeA ? a.rows() : a.columns();
    int m = transposeA ? a.columns() : a.rows();
    int n = transposeB ? b.rows() : b.columns();
    int innerB = transposeB ? b.columns() : b.rows();
    if (inner != innerB || m != c.rows() || n != c.columns()) {
      throw new IllegalArgumentException(
          "shapes do not fit: "
              + a
              + (transposeA ? "ᵀ" : "")
              + " · "
              + b
              + (transposeB ? "ᵀ" : "")
              + " → "
              + c);
    }
    if (oneDnn != null) {
      oneDnn.gemm(
          transposeA,
          transposeB,
          m,
          n,
          inner,
          (float) alpha,
          floats(a),
          a.stride(),
          floats(b),
          b.stride(),
          (float) beta,
          floats(c),
          c.stride());
      return;
    }
    openblas_nolapack.cblas_sgemm(
        openblas_nolapack.CblasColMajor,
        transposeA ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
        transposeB ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
        m,
        n,
        inner,
        (float) alpha,
        floats(a),
        a.stride(),
        floats(b),
        b.stride(),
        (float) beta,
        floats(c),
        c.stride());
  }

  @Override
  public void gemm(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Matrix x,
      boolean accumulate,
      Matrix y) {
    int in = transpose ? w.out() : w.in();
    int out = transpose ? w.in() : w.out();
    if (x.rows() != in || y.rows() != out || x.columns() != y.columns()) {
      throw new IllegalArgumentException(
          "shapes do not fit: " + w + (transpose ? "ᵀ" : "") + " · " + x + " → " + y);
    }
    if (x.columns() > 0 && !fast(w, transpose, precision, x, accumulate, y)) {
      tiled.multiply(w, transpose, precision, x, accumulate, y);
    }
  }

  private boolean fast(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Matrix x,
      boolean accumulate,
      Matrix y) {
    boolean round = precision == Precision.BFLOAT16;
    if (oneDnn == null) {
      return false;
    }
    FloatPointer from = floats(x);
    FloatPointer to = floats(y);
    int columns = x.columns();
    if (w instanceof Int8Matrix integers) {
      return oneDnn.multiply(
          integers, transpose, round, from, x.stride(), columns, accumulate, to, y.stride());
    }
    if (w instanceof FloatMatrix plain
        && (!round || plain.element() == FloatMatrix.Element.BFLOAT16)) {
      return oneDnn.multiply(
          plain, transpose, round, from, x.stride(), columns, accumulate, to, y.stride());
    }
    return round
        && OneDnn.multipliesBfloat16()
        && oneDnn.multiplyRounded(
            w, transpose, from, x.stride(), columns, accumulate, to, y.stride());
  }

  private static FloatPointer floats(Matrix m) {
    return ((Nd4jStorage) m.storage()).floats(m.offset());
  }
}
