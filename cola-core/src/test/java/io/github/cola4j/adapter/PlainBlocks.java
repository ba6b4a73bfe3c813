package io.github.cola4j.adapter;

import io.github.cola4j.adapter.lowrank.GraloraOptions;
import io.github.cola4j.adapter.orthogonal.OftOptions;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;

/** Methods that change blocks of the weight, element by element: a part of {@link PlainMethods}. */
final class PlainBlocks {
  private PlainBlocks() {}

  /**
   * Block (j, n) of the change is s B_j[:, n-th slice] A_n[j-th slice, :], slices of r/k; A is
   * [A_1, …, A_k] and B is [B_1, …, B_k].
   */
  static RealMatrix lowRankBlocks(PlainMethods.Layer layer) {
    RealMatrix weight = layer.w().copy();
    int blocks = layer.config().options(GraloraOptions.class).blocks();
    int slice = layer.rank() / blocks;
    int rows = weight.getRowDimension() / blocks;
    int columns = weight.getColumnDimension() / blocks;
    for (int j = 0; j < blocks; j++) {
      for (int n = 0; n < blocks; n++) {
        RealMatrix b =
            PlainMethods.Layer.block(layer.parameters().apply("B"), j * blocks + n, slice);
        RealMatrix a = PlainMethods.Layer.block(layer.parameters().apply("A"), n, columns);
        a = a.getSubMatrix(j * slice, (j + 1) * slice - 1, 0, columns - 1);
        RealMatrix block = b.multiply(a).scalarMultiply(layer.scaling());
        for (int o = 0; o < rows; o++) {
          for (int i = 0; i < columns; i++) {
            weight.addToEntry(j * rows + o, n * columns + i, block.getEntry(o, i));
          }
        }
      }
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }

  /** W'_ij = W_ij + W_ij D_i + D_i for blocks of r × r; D holds D_iᵀ side by side. */
  static RealMatrix affineBlocks(PlainMethods.Layer layer) {
    RealMatrix weight = layer.w().copy();
    RealMatrix d = layer.parameters().apply("D");
    int r = layer.rank();
    for (int o = 0; o < weight.getRowDimension(); o++) {
      for (int i = 0; i < weight.getColumnDimension(); i++) {
        int first = o / r * r; // of the row of blocks
        weight.addToEntry(o, i, d.getEntry(i % r, o));
        for (int k = 0; k < r; k++) {
          double own = d.getEntry(i % r, first + k); // D_i[k, i mod r]
          weight.addToEntry(o, i, layer.w().getEntry(o, i / r * r + k) * own);
        }
      }
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }

  /** W'[o, i] = W[o, i] + w_{o/b, i/b}[(i − o) mod b] / in. */
  static RealMatrix circulantBlocks(PlainMethods.Layer layer) {
    RealMatrix weight = layer.w().copy();
    RealMatrix w = layer.parameters().apply("w");
    int b = layer.rank();
    int in = weight.getColumnDimension();
    for (int o = 0; o < weight.getRowDimension(); o++) {
      for (int i = 0; i < in; i++) {
        int place = i / b * b + Math.floorMod(i - o, b);
        weight.addToEntry(o, i, w.getEntry(place, o / b) / in);
      }
    }
    return layer.plusBias(weight.multiply(layer.x()));
  }

  /** Y = W X' + b with blocks X'_i = R_iᵀ X_i, R the Cayley transform or its series. */
  static RealMatrix turnedBlocks(PlainMethods.Layer layer) {
    RealMatrix elements = layer.parameters().apply("Q");
    OftOptions options = layer.config().options(OftOptions.class);
    int b = layer.rank();
    RealMatrix turned = layer.x().copy();
    for (int row = 0; row < turned.getRowDimension(); row += b) {
      int block = options.shared() ? 0 : row / b;
      RealMatrix q = MatrixUtils.createRealMatrix(b, b);
      int e = 0;
      for (int k = 0; k < b; k++) {
        for (int c = k + 1; c < b; c++, e++) {
          q.setEntry(k, c, elements.getEntry(e, block));
          q.setEntry(c, k, -elements.getEntry(e, block));
        }
      }
      RealMatrix r = options.terms() == 0 ? cayley(q) : series(q, options.terms());
      RealMatrix x = layer.x().getSubMatrix(row, row + b - 1, 0, turned.getColumnDimension() - 1);
      turned.setSubMatrix(r.transpose().multiply(x).getData(), row, 0);
    }
    return layer.plusBias(layer.w().multiply(turned));
  }

  /** (I − Q) (I + Q)⁻¹. */
  private static RealMatrix cayley(RealMatrix q) {
    RealMatrix identity = MatrixUtils.createRealIdentityMatrix(q.getRowDimension());
    return identity.subtract(q).multiply(MatrixUtils.inverse(identity.add(q)));
  }

  /** I + 2 Q + … + 2 Q^(n−2) + Q^(n−1). */
  private static RealMatrix series(RealMatrix q, int terms) {
    RealMatrix sum = MatrixUtils.createRealIdentityMatrix(q.getRowDimension());
    for (int k = 1; k < terms; k++) {
      sum = sum.add(q.power(k).scalarMultiply(k == terms - 1 ? 1 : 2));
    }
    return sum;
  }
}
