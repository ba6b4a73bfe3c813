package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.TiledProduct;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;

/** Matrix multiplication by cuBLAS. */
final class CudaGemmKernels implements GemmKernels {
  private final Gpu gpu;
  private final TiledProduct tiled = new TiledProduct(this);

  /** Kernels of a device, for one thread. */
  CudaGemmKernels(Gpu gpu) {
    this.gpu = gpu;
  }

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
    gpu.gemm(
        GemmType.FLOAT32,
        transposeA,
        transposeB,
        m,
        n,
        inner,
        alpha,
        CudaStorage.address(a),
        a.stride(),
        CudaStorage.address(b),
        b.stride(),
        beta,
        CudaStorage.address(c),
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
    tiled.multiply(w, transpose, precision, x, accumulate, y);
  }
}
