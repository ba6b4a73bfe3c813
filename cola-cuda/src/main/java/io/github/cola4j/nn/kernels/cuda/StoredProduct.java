package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.lang.ref.Reference;

/**
 * Y ← op(W) X with a frozen W as it is stored. Where cuBLAS has no product for it, some rows of W
 * at a time are decoded to what it has one for: float32, or bfloat16 if W and X are rounded.
 * Belongs to one thread, whose working memory it keeps.
 */
final class StoredProduct {
  /** Elements of W decoded at once. */
  private static final int TILE = 1 << 25;

  /** Elements of X rounded at once. */
  private static final int INPUT = 1 << 26;

  private final Gpu gpu;
  private final GemmType single;
  private final DeviceWeights weights;
  private final Scratch decoded; // rows of W
  private final Scratch rounded; // columns of X
  private final Scratch unscaled; // q X

  /**
   * Products of a device.
   *
   * @param single how float32 is multiplied
   */
  StoredProduct(Gpu gpu, GemmType single) {
    this.gpu = gpu;
    this.single = single;
    this.weights = DeviceWeights.of(gpu);
    this.decoded = new Scratch(gpu);
    this.rounded = new Scratch(gpu);
    this.unscaled = new Scratch(gpu);
  }

  /** A float32 matrix of T columns in the device's memory. */
  record Columns(long address, int stride, int count) {
    static Columns of(Matrix m) {
      return new Columns(CudaStorage.address(m), m.stride(), m.columns());
    }

    Columns from(int column, int some) {
      return new Columns(address + (long) Float.BYTES * column * stride, stride, some);
    }

    Columns row(int row) {
      return new Columns(address + (long) Float.BYTES * row, stride, count);
    }
  }

  /**
   * See {@link io.github.cola4j.nn.GemmKernels#gemm(StoredMatrix, boolean, Precision,
   * io.github.cola4j.nn.Matrix, boolean, io.github.cola4j.nn.Matrix)}.
   */
  void multiply(
      StoredMatrix w,
      boolean transpose,
      Precision precision,
      Columns x,
      boolean accumulate,
      Columns y) {
    DeviceWeight weight = weights.get(gpu, w, precision);
    boolean round = precision == Precision.BFLOAT16;
    int k = transpose ? w.out() : w.in();
    int some = round ? Math.max(1, INPUT / k) : x.count();
    for (int from = 0; from < x.count(); from += some) {
      int count = Math.min(some, x.count() - from);
      Columns target = y.from(from, count);
      Columns source = x.from(from, count);
      if (round) {
        // a scale a row of W is one a row of X, where W is transposed
        long scales = transpose && weight.form() == DeviceWeight.Form.INT8 ? weight.scales() : 0;
        source = rounded(source, k, scales);
      }
      tiles(w, weight, transpose, round, source, accumulate, target);
    }
    Reference.reachabilityFence(w);
  }

  /**
   * Column t of Y ← row t of some rows of W, as float32.
   *
   * @param rows the address of their numbers
   */
  void gather(StoredMatrix w, long rows, Columns y) {
    DeviceWeight weight = weights.get(gpu, w, Precision.FLOAT32);
    Elements each = new Elements(w.in(), y.count());
    long to = y.address();
    long data = weight.data();
    switch (weight.form()) {
      case FLOAT32 -> each.launch(gpu, "gatherFloat32", data, rows, w.in(), to, y.stride());
      case BFLOAT16 -> each.launch(gpu, "gatherBfloat16", data, rows, w.in(), to, y.stride());
      case FLOAT16 -> each.launch(gpu, "gatherFloat16", data, rows, w.in(), to, y.stride());
      case INT8 ->
          each.launch(gpu, "gatherIntegers", data, weight.scales(), rows, w.in(), to, y.stride());
      case NF4 ->
          each.launch(
              gpu,
              "gatherNf4",
              data,
              weight.scales(),
              weight.values(),
              weight.block(),
              rows,
              w.in(),
              to,
              y.stride());
      default -> throw new IllegalStateException("no form of weights: " + weight.form());
    }
    Reference.reachabilityFence(w);
  }

  /** X in bfloat16, without gaps. */
  private Columns rounded(Columns x, int rows, long scales) {
    long address = rounded.atLeast((long) Short.BYTES * rows * x.count());
    new Elements(rows, x.count())
        .launch(gpu, "roundColumns", x.address(), x.stride(), scales, address, rows);
    return new Columns(address, rows, x.count());
  }

  private void tiles(
      StoredMatrix w,
      DeviceWeight weight,
      boolean transpose,
      boolean round,
      Columns x,
      boolean accumulate,
      Columns y) {
    DeviceWeight.Form multiplied = round ? DeviceWeight.Form.BFLOAT16 : DeviceWeight.Form.FLOAT32;
    boolean isStored = weight.form() == multiplied;
    int most = isStored ? w.out() : Math.max(1, Math.min(w.out(), TILE / w.in()));
    int width = round ? Short.BYTES : Float.BYTES;
    for (int first = 0; first < w.out(); first += most) {
      int count = Math.min(most, w.out() - first);
      long tile =
          isStored ? weight.data() : decode(weight, round, (long) first * w.in(), count, w.in());
      GemmType type = round ? GemmType.BFLOAT16 : single;
      if (transpose) {
        long rows = x.address() + (long) width * first;
        double beta = accumulate || first > 0 ? 1 : 0;
        gpu.gemm(
            type,
            false,
            false,
            w.in(),
            x.count(),
            count,
            1,
            tile,
            w.in(),
            rows,
            x.stride(),
            beta,
            y.address(),
            y.stride());
      } else if (round && weight.form() == DeviceWeight.Form.INT8) {
        long scales = weight.scales() + (long) Float.BYTES * first;
        scaled(tile, count, w.in(), x, scales, accumulate, y.row(first));
      } else {
        gpu.gemm(
            type,
            true,
            false,
            count,
            x.count(),
            w.in(),
            1,
            tile,
            w.in(),
            x.address(),
            x.stride(),
            accumulate ? 1 : 0,
            y.row(first).address(),
            y.stride());
      }
    }
  }

  /** Y ← s ∘ (q X), or Y grows by it, for some rows q of integers in bfloat16. */
  private void scaled(
      long q, int rows, int in, Columns x, long scales, boolean accumulate, Columns y) {
    Columns product =
        accumulate
            ? new Columns(unscaled.atLeast((long) Float.BYTES * rows * x.count()), rows, x.count())
            : y;
    gpu.gemm(
        GemmType.BFLOAT16,
        true,
        false,
        rows,
        x.count(),
        in,
        1,
        q,
        in,
        x.address(),
        x.stride(),
        0,
        product.address(),
        product.stride());
    gpu.launch(
        "rescaleRows",
        x.count(),
        Grids.of(rows),
        Grids.THREADS,
        0,
        product.address(),
        product.stride(),
        scales,
        y.address(),
        y.stride(),
        rows,
        accumulate ? 1 : 0);
  }

  /** Some rows of W from element {@code from} on, as float32 or bfloat16. */
  private long decode(DeviceWeight w, boolean round, long from, int rows, int in) {
    long count = (long) rows * in;
    long target = decoded.atLeast(count * (round ? Short.BYTES : Float.BYTES));
    long source = w.data() + from * w.form().width();
    switch (w.form()) {
      case BFLOAT16 -> launch("expandBfloat16", count, source, target, count);
      case FLOAT16 -> launch("expandFloat16", count, source, target, count);
      case INT8 -> {
        if (round) {
          launch("widenIntegers", count, source, target, count);
        } else {
          long scales = w.scales() + Float.BYTES * (from / in);
          launch("expandIntegers", count, source, scales, target, in, count);
        }
      }
      case NF4 ->
          launch(
              round ? "roundNf4" : "expandNf4",
              count,
              w.data(),
              w.scales(),
              w.values(),
              w.block(),
              target,
              from,
              count);
      default -> throw new IllegalStateException("float32 is multiplied as it is stored");
    }
    return target;
  }

  private void launch(String kernel, long elements, long... arguments) {
    gpu.launch(kernel, Grids.of(elements), 1, Grids.THREADS, 0, arguments);
  }
}
