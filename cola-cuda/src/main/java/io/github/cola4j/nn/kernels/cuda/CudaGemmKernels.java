package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.GemmKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.kernels.cuda.grouped.GroupedGemms;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.ArrayList;
import java.util.List;

/** Matrix multiplication by cuBLAS, and of low rank by kernels that compute many at a time. */
final class CudaGemmKernels implements GemmKernels {
  /** Columns whose tiles of results are as many as the largest devices' processors, and more. */
  private static final int COLUMNS = 1024;

  /** The system property that has cuBLAS multiply one after the other instead. */
  private static final String GROUPED = "cola.cuda.grouped";

  private final Gpu gpu;
  private final GemmType single;
  private final StoredProduct stored;
  private final GroupedGemms grouped;
  private final boolean groups = !"false".equals(System.getProperty(GROUPED));

  /**
   * Kernels of a device, for one thread.
   *
   * @param tf32 whether float32 inputs are rounded to TF32
   */
  CudaGemmKernels(Gpu gpu, StoredProduct stored, boolean tf32) {
    this.gpu = gpu;
    this.single = tf32 ? GemmType.TF32 : GemmType.FLOAT32;
    this.stored = stored;
    this.grouped = new GroupedGemms(gpu, new Scratch(gpu)::atLeast);
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
    requireShapes(a, transposeA, b, transposeB, c);
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

  private static void requireShapes(
      Matrix a, boolean transposeA, Matrix b, boolean transposeB, Matrix c) {
    int innerA = transposeA ? a.rows() : a.columns();
    int innerB = transposeB ? b.columns() : b.rows();
    if (innerA != innerB
        || (transposeA ? a.columns() : a.rows()) != c.rows()
        || (transposeB ? b.rows() : b.columns()) != c.columns()) {
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
  }

  /** Those of low rank together, in float32; the others one after the other. */
  @Override
  public void gemms(List<Gemm> all) {
    List<GroupedGemms.Low> together = new ArrayList<>();
    for (Gemm one : all) {
      requireShapes(one.a(), one.transposeA(), one.b(), one.transposeB(), one.c());
      GroupedGemms.Low low = groups ? low(one) : null;
      if (low == null) {
        gemm(
            one.alpha(), one.a(), one.transposeA(), one.b(), one.transposeB(), one.beta(), one.c());
      } else {
        together.add(low);
      }
    }
    grouped.compute(together);
  }

  /** As one of low rank; null if it is none, or one of its matrices is empty. */
  private static GroupedGemms.Low low(Gemm one) {
    Matrix a = one.a();
    Matrix b = one.b();
    if (one.transposeA() && one.transposeB()) {
      return null;
    }
    GroupedGemms.Kind kind =
        one.transposeA()
            ? GroupedGemms.Kind.DOWN
            : one.transposeB() ? GroupedGemms.Kind.OUTER : GroupedGemms.Kind.UP;
    int rank = kind == GroupedGemms.Kind.OUTER ? b.rows() : a.columns();
    int tokens = b.columns();
    if (rank == 0 || rank > GroupedGemms.MOST_RANK || a.rows() == 0 || tokens == 0) {
      return null;
    }
    return new GroupedGemms.Low(
        kind,
        place(a),
        place(b),
        place(one.c()),
        a.rows(),
        tokens,
        rank,
        (float) one.alpha(),
        (float) one.beta());
  }

  private static GroupedGemms.Place place(Matrix m) {
    return new GroupedGemms.Place(CudaStorage.address(m), m.stride());
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
