package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;
import static io.github.cola4j.nn.kernels.cuda.Elements.bits;

import io.github.cola4j.nn.ElementwiseKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.kernels.cuda.grouped.GroupedSums;
import io.github.cola4j.nn.stored.StoredMatrix;
import java.util.ArrayList;
import java.util.List;

/** Elements, rows and columns by {@code elementwise.cu}. */
final class CudaElementwiseKernels implements ElementwiseKernels {
  private static final int DOT_ROWS = 32; // of a block of rowDots
  private static final int DOT_THREADS = 512;

  private final Gpu gpu;
  private final Staging staging;
  private final StoredProduct stored;
  private final GroupedSums grouped;

  CudaElementwiseKernels(Gpu gpu, Staging staging, StoredProduct stored) {
    this.gpu = gpu;
    this.staging = staging;
    this.stored = stored;
    this.grouped = new GroupedSums(gpu);
  }

  @Override
  public void broadcast(Matrix b, Matrix y) {
    Elements.columns(y).launch(gpu, "broadcast", address(b), address(y), y.stride(), y.rows());
  }

  @Override
  public void add(double alpha, Matrix x, Matrix y) {
    Elements all = Elements.all(x, y);
    all.launch(gpu, "add", bits(alpha), address(x), x.stride(), address(y), y.stride(), all.rows());
  }

  @Override
  public void scale(double alpha, Matrix x, Matrix y) {
    Elements all = Elements.all(x, y);
    all.launch(
        gpu, "scale", bits(alpha), address(x), x.stride(), address(y), y.stride(), all.rows());
  }

  @Override
  public void sums(List<Sum> all) {
    List<GroupedSums.Sum> together = new ArrayList<>();
    for (Sum sum : all) {
      boolean fits =
          sum.y().isContiguous()
              && sum.terms().size() <= GroupedSums.MOST_TERMS
              && sum.terms().stream().allMatch(term -> term.x().isContiguous());
      if (!fits) {
        ElementwiseKernels.super.sums(List.of(sum));
        continue;
      }
      List<GroupedSums.Term> terms = new ArrayList<>();
      for (Term term : sum.terms()) {
        Elements.columns(term.x(), sum.y()); // have one shape
        terms.add(new GroupedSums.Term((float) term.weight(), address(term.x())));
      }
      if (sum.y().length() > 0) {
        long to = address(sum.y());
        together.add(new GroupedSums.Sum(to, sum.y().length(), sum.accumulate(), terms));
      }
    }
    grouped.compute(together);
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    Elements all = Elements.all(x, y);
    all.launch(gpu, "copy", address(x), x.stride(), address(y), y.stride(), all.rows());
  }

  @Override
  public void fill(double value, Matrix x) {
    Elements all = Elements.all(x);
    all.launch(gpu, "fill", bits(value), address(x), x.stride(), all.rows());
  }

  @Override
  public void multiply(Matrix x, Matrix m, Matrix y) {
    Elements all = Elements.all(x, m, y);
    all.launch(
        gpu,
        "multiply",
        address(x),
        x.stride(),
        address(m),
        m.stride(),
        address(y),
        y.stride(),
        all.rows());
  }

  @Override
  public void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    Elements.columns(x, y)
        .launch(
            gpu,
            "scaleRows",
            address(scale),
            address(x),
            x.stride(),
            bits(beta),
            address(y),
            y.stride(),
            x.rows());
  }

  @Override
  public void rowDots(Matrix x, Matrix y, Matrix out) {
    int rows = Elements.columns(x, y).columns() == 0 ? 0 : x.rows();
    gpu.launch(
        "rowDots",
        (rows + DOT_ROWS - 1) / DOT_ROWS,
        1,
        DOT_THREADS,
        0,
        address(x),
        x.stride(),
        address(y),
        y.stride(),
        rows,
        x.columns(),
        address(out));
  }

  @Override
  public void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    Elements.columns(x, y)
        .launch(
            gpu,
            "scaleColumns",
            address(scale),
            scale.stride(),
            address(x),
            x.stride(),
            bits(beta),
            address(y),
            y.stride(),
            x.rows());
  }

  @Override
  public void columnDots(Matrix x, Matrix y, Matrix out) {
    Elements.columns(x, y)
        .launchColumns(
            gpu,
            "columnDots",
            address(x),
            x.stride(),
            address(y),
            y.stride(),
            x.rows(),
            address(out),
            out.stride());
  }

  @Override
  public void inverseRoots(Matrix x, Matrix y) {
    Elements all = Elements.all(x, y);
    all.launch(gpu, "inverseRoots", address(x), x.stride(), address(y), y.stride(), all.rows());
  }

  @Override
  public void gather(Matrix table, int[] index, boolean accumulate, Matrix y) {
    requireColumns(index, table);
    new Elements(y.rows(), index.length)
        .launch(
            gpu,
            "gather",
            address(table),
            table.stride(),
            staging.upload(index),
            bits(accumulate ? 1 : 0),
            address(y),
            y.stride(),
            y.rows());
  }

  @Override
  public void gather(StoredMatrix w, int[] rows, Matrix y) {
    if (y.rows() != w.in() || y.columns() != rows.length) {
      throw new IllegalArgumentException(
          "shapes do not fit: " + rows.length + " rows of " + w + " → " + y);
    }
    for (int row : rows) {
      if (row < 0 || row >= w.out()) {
        throw new IndexOutOfBoundsException("expected a row of " + w + ", got " + row);
      }
    }
    stored.gather(w, staging.upload(rows), StoredProduct.Columns.of(y));
  }

  @Override
  public void scatterAdd(Matrix x, int[] index, Matrix y) {
    requireColumns(index, y);
    new Elements(x.rows(), index.length)
        .launch(
            gpu,
            "scatterAdd",
            address(x),
            x.stride(),
            staging.upload(index),
            address(y),
            y.stride(),
            x.rows());
  }

  /** A device would read or write whatever lies there. */
  private static void requireColumns(int[] index, Matrix m) {
    for (int column : index) {
      if (column < 0 || column >= m.columns()) {
        throw new IndexOutOfBoundsException("expected a column of " + m + ", got " + column);
      }
    }
  }

  @Override
  public void meanPool(Matrix x, TokenBatch batch, Matrix y) {
    pool("meanPool", x, batch, y, x.rows());
  }

  @Override
  public void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX) {
    pool("meanPoolBackward", dY, batch, dX, dX.rows());
  }

  private void pool(String kernel, Matrix from, TokenBatch batch, Matrix to, int rows) {
    new Elements(rows, batch.sequences())
        .launch(
            gpu,
            kernel,
            address(from),
            from.stride(),
            staging.upload(batch.starts()),
            address(to),
            to.stride(),
            rows);
  }
}
