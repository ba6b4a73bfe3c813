package io.github.cola4j.nn.kernels.cpu;

import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.nd4j.Nd4jStorage;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/** Matrix multiplication by OpenBLAS. */
final class CpuGemmKernels implements GemmKernels {

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

  private static FloatPointer floats(Matrix m) {
    return ((Nd4jStorage) m.storage()).floats(m.offset());
  }
}
