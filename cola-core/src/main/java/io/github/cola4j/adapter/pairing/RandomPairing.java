package io.github.cola4j.adapter.pairing;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Random collaboration: at each step every A draws one B, or, reversed, every B draws one A. The
 * expectation is 1/N everywhere, reversed 1/M.
 *
 * @param reversed whether the B matrices draw
 */
public record RandomPairing(boolean reversed) implements PairingStrategy {
  @Override
  public String name() {
    return reversed ? "random-reversed" : "random";
  }

  @Override
  public double[][] draw(int a, int b, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] p = new double[a][b];
    for (int k = 0; k < (reversed ? b : a); k++) {
      if (reversed) {
        p[random.nextInt(a)][k] = 1;
      } else {
        p[k][random.nextInt(b)] = 1;
      }
    }
    return p;
  }

  @Override
  public double[][] expectation(int a, int b) {
    double[][] p = new double[a][b];
    for (double[] row : p) {
      Arrays.fill(row, 1.0 / (reversed ? a : b));
    }
    return p;
  }

  @Override
  public boolean isStatic() {
    return false;
  }
}
