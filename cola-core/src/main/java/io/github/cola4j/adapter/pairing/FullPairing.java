package io.github.cola4j.adapter.pairing;

import java.util.Arrays;

/** Fully collaborative: every A meets every B; Σ P B A = (ΣB)(ΣA), of rank r whatever M and N. */
public record FullPairing() implements PairingStrategy {
  @Override
  public String name() {
    return "full";
  }

  @Override
  public double[][] draw(int a, int b, long seed) {
    return expectation(a, b);
  }

  @Override
  public double[][] expectation(int a, int b) {
    double[][] p = new double[a][b];
    for (double[] row : p) {
      Arrays.fill(row, 1);
    }
    return p;
  }
}
