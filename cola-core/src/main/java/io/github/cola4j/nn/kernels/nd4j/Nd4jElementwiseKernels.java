package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.ElementwiseKernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.batch.TokenBatch;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Elements, rows and columns by ND4J. */
final class Nd4jElementwiseKernels implements ElementwiseKernels {

  @Override
  public void broadcast(Matrix b, Matrix y) {
    y.array().assign(b.array().broadcast(y.rows(), y.columns()));
  }

  @Override
  public void add(double alpha, Matrix x, Matrix y) {
    y.array().addi(alpha == 1 ? x.array() : x.array().mul(alpha));
  }

  @Override
  public void copy(Matrix x, Matrix y) {
    y.array().assign(x.array());
  }

  @Override
  public void fill(double value, Matrix x) {
    x.array().assign(value);
  }

  @Override
  public void multiply(Matrix x, Matrix m, Matrix y) {
    y.array().assign(x.array().mul(m.array()));
  }

  @Override
  public void scaleRows(Matrix scale, Matrix x, double beta, Matrix y) {
    blend(x.array().mulColumnVector(Nd4jGemmKernels.contiguous(scale)), beta, y);
  }

  @Override
  public void rowDots(Matrix x, Matrix y, Matrix out) {
    out.array().addi(x.array().mul(y.array()).sum(true, 1));
  }

  @Override
  public void scaleColumns(Matrix scale, Matrix x, double beta, Matrix y) {
    blend(x.array().mulRowVector(Nd4jGemmKernels.contiguous(scale)), beta, y);
  }

  @Override
  public void columnDots(Matrix x, Matrix y, Matrix out) {
    out.array().assign(x.array().mul(y.array()).sum(true, 0));
  }

  @Override
  public void inverseRoots(Matrix x, Matrix y) {
    INDArray positive = x.array().lte(0).castTo(x.type()).rsubi(1);
    INDArray safe = x.array().mul(positive).addi(positive.rsub(1)); // 1 where x ≤ 0
    y.array().assign(Transforms.pow(safe, -0.5, false).muli(positive));
  }

  @Override
  public void gather(Matrix table, int[] index, boolean accumulate, Matrix y) {
    INDArray columns = Nd4j.pullRows(table.array().transpose(), 1, index).transpose();
    if (accumulate) {
      y.array().addi(columns);
    } else {
      y.array().assign(columns);
    }
  }

  @Override
  public void scatterAdd(Matrix x, int[] index, Matrix y) {
    for (int t = 0; t < index.length; t++) {
      y.columns(index[t], index[t] + 1).array().addi(x.columns(t, t + 1).array());
    }
  }

  @Override
  public void meanPool(Matrix x, TokenBatch batch, Matrix y) {
    for (int s = 0; s < batch.sequences(); s++) {
      INDArray tokens = x.columns(batch.starts()[s], batch.starts()[s + 1]).array();
      y.columns(s, s + 1).array().assign(tokens.mean(true, 1));
    }
  }

  @Override
  public void meanPoolBackward(Matrix dY, TokenBatch batch, Matrix dX) {
    for (int s = 0; s < batch.sequences(); s++) {
      Matrix tokens = dX.columns(batch.starts()[s], batch.starts()[s + 1]);
      INDArray share = dY.columns(s, s + 1).array().div(batch.length(s));
      tokens.array().assign(share.broadcast(tokens.rows(), tokens.columns()));
    }
  }

  /** Y ← beta Y + X, as BLAS reads no Y where beta is 0. */
  private static void blend(INDArray x, double beta, Matrix y) {
    y.array().assign(beta == 0 ? x : x.addi(y.array().mul(beta)));
  }
}
