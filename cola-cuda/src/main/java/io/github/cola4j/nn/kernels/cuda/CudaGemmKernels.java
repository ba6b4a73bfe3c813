package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;

/** Matrix multiplication by cuBLAS. */
final class CudaGemmKernels implements GemmKernels {
  /** Columns whose tiles of results are as many as the largest devices' processors, and more. */
  private static final int COLUMNS = 1024;

  private final Gpu gpu;
  private final GemmType single;
  private final StoredProduct stored;

  /**
   * Kernels of a device, for one thread.
   *
   * @param tf32 whether float32 inputs are rounded to TF32
   */
  CudaGemmKernels(Gpu gpu, StoredProduct stored, boolean tf32) {
    this.gpu = gpu;
    this.single = tf32 ? GemmType.TF32 : GemmType.FLOAT32;
    this.stored = stored;
  }

  @Override
  public int columnsAtOnce() {
    return COLUMNS;
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
    long result = CudaStorage.address(c);
    if (m == 0 || n == 0) {
      return;
    }
    if (inner == 0) {
      scale(beta, result, c);
      return;
    }
    gpu.gemm(
        single,
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
        result,
        c.stride());
  }

  /** What a sum of no products leaves. */
  private void scale(double beta, long address, Matrix c) {
    gpu.launch(
        "scaleMatrix",
        c.columns(),
        Grids.of(c.rows()),
        Grids.THREADS,
        0,
        Double.doubleToRawLongBits(beta),
        address,
        c.stride(),
        c.rows());
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
    if (out == 0 || x.columns() == 0) {
      return;
    }
    if (in == 0) {
      scale(accumulate ? 1 : 0, CudaStorage.address(y), y);
      return;
    }
    stored.multiply(
        w,
        transpose,
        precision,
        StoredProduct.Columns.of(x),
        accumulate,
        StoredProduct.Columns.of(y));
  }
}
