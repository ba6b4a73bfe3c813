package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.TruncatedSvd;

/**
 * PiSSA in blocks, free of the symmetry of equal factors: A_i takes the singular triplets i·r to
 * (i+1)·r of W/s, and the B matrices that belong to A_i share the matching left block. B_j belongs
 * to the first A that a static pairing gives it; where it meets all of them, to A_{j mod M}.
 */
public record SplitPissaInitializer() implements AdapterInitializer {
  @Override
  public String name() {
    return "split-pissa";
  }

  @Override
  public int rankNeeded(int a, int rank) {
    return Math.multiplyExact(a, rank);
  }

  @Override
  public void initialize(Module module, Matrix factorsA, Matrix factorsB) {
    int rank = module.rank();
    int blocks = module.a();
    TruncatedSvd svd =
        LinearAlgebra.truncatedSvd(module.linear().weight(), blocks * rank, module.seed());
    for (int i = 0; i < blocks; i++) {
      svd.copyRight(i * rank, rank, module.scaling(), 1, factorsA, i);
    }
    int[] owners = owners(module);
    int[] shares = new int[blocks];
    for (int owner : owners) {
      shares[owner]++;
    }
    for (int j = 0; j < owners.length; j++) {
      svd.copyLeft(owners[j] * rank, rank, module.scaling(), 1.0 / shares[owners[j]], factorsB, j);
    }
  }

  private static int[] owners(Module module) {
    double[][] p = module.pairing().expectation(module.a(), module.b());
    int[] owners = new int[module.b()];
    for (int j = 0; j < owners.length; j++) {
      int partners = 0;
      int first = 0;
      for (int i = module.a() - 1; i >= 0; i--) {
        if (p[i][j] != 0) {
          partners++;
          first = i;
        }
      }
      owners[j] = partners == module.a() ? j % module.a() : first;
    }
    return owners;
  }
}
