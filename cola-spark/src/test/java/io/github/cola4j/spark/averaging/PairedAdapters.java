package io.github.cola4j.spark.averaging;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;

/** Two modules of one shape, with their pairing P. */
record PairedAdapters(int m, int n, double[][] p, AdapterStructure structure) {
  static final int IN = 9;
  static final int OUT = 8;
  static final int RANK = 2;
  static final int HEAD = 5;

  static PairedAdapters of(String pairing, int m, int n) {
    double[][] p = Pairings.named(pairing).expectation(m, n);
    ParameterLayout layout =
        new ParameterLayout.Builder()
            .add("x/A", Kind.A, IN, m * RANK)
            .add("x/B", Kind.B, OUT, n * RANK)
            .add("y/A", Kind.A, IN, m * RANK)
            .add("y/B", Kind.B, OUT, n * RANK)
            .build();
    List<Entry> e = layout.entries();
    return new PairedAdapters(
        m,
        n,
        p,
        new AdapterStructure(
            layout,
            List.of(
                PairedFactors.of(e.get(0), e.get(1), p), PairedFactors.of(e.get(2), e.get(3), p))));
  }

  /** Shards' states that have drifted apart from one. */
  List<Weighted> drifted(int shards, double drift) {
    SplittableRandom random = new SplittableRandom(31 * m + n);
    float[] common = vector(random, 1);
    List<Weighted> updates = new ArrayList<>();
    for (int k = 0; k < shards; k++) {
      float[] theta = vector(random, drift);
      for (int i = 0; i < theta.length; i++) {
        theta[i] += common[i];
      }
      updates.add(
          new Weighted(new TaskState(theta, vector(random, 1), vector(random, 1), 6), 10 + 7L * k));
    }
    return updates;
  }

  private float[] vector(SplittableRandom random, double scale) {
    float[] vector = new float[structure.layout().length() + HEAD];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (scale * random.nextDouble(-1, 1));
    }
    return vector;
  }

  /** A_i [r × in] of a module. */
  RealMatrix a(float[] theta, int module, int i) {
    return block(theta, structure.layout().entries().get(2 * module), i).transpose();
  }

  /** B_j [out × r] of a module. */
  RealMatrix b(float[] theta, int module, int j) {
    return block(theta, structure.layout().entries().get(2 * module + 1), j);
  }

  private static RealMatrix block(float[] theta, Entry entry, int block) {
    RealMatrix matrix = new Array2DRowRealMatrix(entry.rows(), RANK);
    for (int c = 0; c < RANK; c++) {
      for (int row = 0; row < entry.rows(); row++) {
        matrix.setEntry(row, c, theta[entry.offset() + (block * RANK + c) * entry.rows() + row]);
      }
    }
    return matrix;
  }

  /** Σ_ij P_ij B_j A_i [out × in]. */
  RealMatrix product(float[] theta, int module) {
    RealMatrix sum = new Array2DRowRealMatrix(OUT, IN);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        sum = sum.add(b(theta, module, j).multiply(a(theta, module, i)).scalarMultiply(p[i][j]));
      }
    }
    return sum;
  }

  /** Σ_k p_k Σ_ij P_ij B_kj A_ki. */
  RealMatrix meanProduct(List<Weighted> updates, int module) {
    RealMatrix sum = new Array2DRowRealMatrix(OUT, IN);
    double total = updates.stream().mapToDouble(Weighted::weight).sum();
    for (Weighted update : updates) {
      sum =
          sum.add(product(update.state().theta(), module).scalarMultiply(update.weight() / total));
    }
    return sum;
  }
}
