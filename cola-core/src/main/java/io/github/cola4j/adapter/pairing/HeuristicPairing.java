package io.github.cola4j.adapter.pairing;

/**
 * Heuristic collaboration, each B with one A. The reference implementation's rule gives A_i the
 * ⌊N/M⌋ matrices from B_{i⌊N/M⌋} on and the leftover ones to A_0, A_1, …; the paper's rule pairs
 * one to one and gives the last A all that remain. With M &gt; N, where the reference leaves A_N,
 * A_{N+1}, … without a partner, the roles are exchanged here: each A gets one B by the same rule,
 * so that every matrix is trained.
 *
 * @param paper whether the paper's rule is meant
 */
public record HeuristicPairing(boolean paper) implements PairingStrategy {
  @Override
  public String name() {
    return paper ? "heuristic-paper" : "heuristic";
  }

  @Override
  public double[][] draw(int a, int b, long seed) {
    return expectation(a, b);
  }

  @Override
  public double[][] expectation(int a, int b) {
    double[][] p = new double[a][b];
    int few = Math.min(a, b);
    int many = Math.max(a, b);
    for (int k = 0; k < many; k++) {
      int partner = paper ? Math.min(k, few - 1) : partner(k, few, many / few);
      if (a <= b) {
        p[partner][k] = 1;
      } else {
        p[k][partner] = 1;
      }
    }
    return p;
  }

  private static int partner(int k, int few, int each) {
    return k < few * each ? k / each : k - few * each;
  }
}
