package io.github.cola4j.nn;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops over the first {@code n} elements of heap arrays with the Vector API. Loading this class
 * needs the module {@code jdk.incubator.vector}.
 */
final class VectorMath {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int LANES = SPECIES.length();

  private static final float LOG2E = 1.44269504f;
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;

  /** Adding it rounds to an integer and leaves that integer in the low bits. */
  private static final float ROUNDER = 12582912f;

  private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
  private static final float SQRT_HALF = 0.70710678f;
  private static final float INV_SQRT_2PI = 0.39894228f;

  private VectorMath() {}

  static int bound(int n) {
    return SPECIES.loopBound(n);
  }

  /** {@code n} rounded up to whole vectors. */
  static int padded(int n) {
    return (n + LANES - 1) / LANES * LANES;
  }

  /** eˣ to 2 units in the last place, for x clamped to [−87, 88] (Cephes' expf). */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(-87f).min(88f);
    FloatVector shifted = clamped.fma(FloatVector.broadcast(SPECIES, LOG2E), broadcast(ROUNDER));
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector f = n.fma(broadcast(-LN2_HIGH), clamped);
    f = n.fma(broadcast(-LN2_LOW), f);
    FloatVector p = broadcast(1.9875691500E-4f).fma(f, broadcast(1.3981999507E-3f));
    p = p.fma(f, broadcast(8.3334519073E-3f));
    p = p.fma(f, broadcast(4.1665795894E-2f));
    p = p.fma(f, broadcast(1.6666665459E-1f));
    p = p.fma(f, broadcast(5.0000001201E-1f));
    p = p.fma(f.mul(f), f).add(1f);
    IntVector exponent =
        shifted.reinterpretAsInts().sub(ROUNDER_BITS - 127).lanewise(VectorOperators.LSHL, 23);
    return p.mul(exponent.reinterpretAsFloats());
  }

  /** Φ(x) by Abramowitz and Stegun 7.1.26, within 1e-7; {@code density} is exp(−x²/2). */
  private static FloatVector normal(FloatVector x, FloatVector density) {
    FloatVector z = x.abs().mul(SQRT_HALF);
    FloatVector t = broadcast(1f).div(z.fma(broadcast(0.3275911f), broadcast(1f)));
    FloatVector p = broadcast(1.061405429f).fma(t, broadcast(-1.453152027f));
    p = p.fma(t, broadcast(1.421413741f));
    p = p.fma(t, broadcast(-0.284496736f));
    p = p.fma(t, broadcast(0.254829592f));
    FloatVector upper = p.mul(t).mul(density).mul(0.5f); // 1 − Φ(|x|)
    return broadcast(1f).sub(upper).blend(upper, x.compare(VectorOperators.LT, 0f));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /** x ← x Φ(x); {@code x} has room for whole vectors. */
  static void gelu(float[] x, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      v.mul(normal(v, exp(v.mul(v).mul(-0.5f)))).intoArray(x, i);
    }
  }

  /** dY ← dY (Φ(x) + x φ(x)); both have room for whole vectors. */
  static void geluBackward(float[] x, float[] dY, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      FloatVector density = exp(v.mul(v).mul(-0.5f));
      FloatVector slope = v.mul(density).fma(broadcast(INV_SQRT_2PI), normal(v, density));
      FloatVector.fromArray(SPECIES, dY, i).mul(slope).intoArray(dY, i);
    }
  }

  /** σ(x) = 1/(1 + e⁻ˣ). */
  private static FloatVector sigmoid(FloatVector x) {
    return broadcast(1f).div(exp(x.neg()).add(1f));
  }

  /** g ← g σ(g) u; both have room for whole vectors. */
  static void swiGlu(float[] gate, float[] up, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector g = FloatVector.fromArray(SPECIES, gate, i);
      g.mul(sigmoid(g)).mul(FloatVector.fromArray(SPECIES, up, i)).intoArray(gate, i);
    }
  }

  /** g ← dY u σ(g)(1 + g(1 − σ(g))), u ← dY g σ(g); all have room for whole vectors. */
  static void swiGluBackward(float[] gate, float[] up, float[] dY, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector g = FloatVector.fromArray(SPECIES, gate, i);
      FloatVector gradient = FloatVector.fromArray(SPECIES, dY, i);
      FloatVector sigma = sigmoid(g);
      FloatVector silu = g.mul(sigma);
      FloatVector slope = sigma.mul(g.sub(silu).add(1f));
      FloatVector u = FloatVector.fromArray(SPECIES, up, i);
      slope.mul(gradient).mul(u).intoArray(gate, i);
      silu.mul(gradient).intoArray(up, i);
    }
  }

  /** dP ← scale · P ⊙ (dP − inner) over {@code n} elements, a multiple of the vector length. */
  static void softmaxSlopes(float[] p, float[] dP, int n, float inner, float scale) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(SPECIES, dP, i)
          .sub(inner)
          .mul(FloatVector.fromArray(SPECIES, p, i))
          .mul(scale)
          .intoArray(dP, i);
    }
  }

  /** Σ x[from + i]. */
  static float sum(float[] x, int from, int n) {
    FloatVector total = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i < bound(n); i += LANES) {
      total = total.add(FloatVector.fromArray(SPECIES, x, from + i));
    }
    float sum = total.reduceLanes(VectorOperators.ADD);
    for (; i < n; i++) {
      sum += x[from + i];
    }
    return sum;
  }

  /** Σ (x[from + i] − centre)². */
  static float sumOfSquares(float[] x, int from, int n, float centre) {
    FloatVector total = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i < bound(n); i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, from + i).sub(centre);
      total = v.fma(v, total);
    }
    float sum = total.reduceLanes(VectorOperators.ADD);
    for (; i < n; i++) {
      sum += (x[from + i] - centre) * (x[from + i] - centre);
    }
    return sum;
  }

  /** Σ x[i] y[i] over {@code n} elements from the two starts. */
  static float dot(float[] x, int fromX, float[] y, int fromY, int n) {
    FloatVector total = FloatVector.zero(SPECIES);
    int i = 0;
    for (; i < bound(n); i += LANES) {
      total =
          FloatVector.fromArray(SPECIES, x, fromX + i)
              .fma(FloatVector.fromArray(SPECIES, y, fromY + i), total);
    }
    float sum = total.reduceLanes(VectorOperators.ADD);
    for (; i < n; i++) {
      sum += x[fromX + i] * y[fromY + i];
    }
    return sum;
  }

  /** y ← y + alpha x over {@code n} elements, a multiple of the vector length, from the starts. */
  static void axpy(float alpha, float[] x, int fromX, float[] y, int fromY, int n) {
    FloatVector factor = broadcast(alpha);
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(SPECIES, x, fromX + i)
          .fma(factor, FloatVector.fromArray(SPECIES, y, fromY + i))
          .intoArray(y, fromY + i);
    }
  }

  static float max(float[] x, int from, int n) {
    FloatVector best = broadcast(Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i < bound(n); i += LANES) {
      best = best.max(FloatVector.fromArray(SPECIES, x, from + i));
    }
    float max = best.reduceLanes(VectorOperators.MAX);
    for (; i < n; i++) {
      max = Math.max(max, x[from + i]);
    }
    return max;
  }

  /** x ← exp(x − shift) over {@code n} elements, a multiple of the vector length; the sum. */
  static float expAndSum(float[] x, int from, int n, float shift) {
    FloatVector total = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      FloatVector e = exp(FloatVector.fromArray(SPECIES, x, from + i).sub(shift));
      e.intoArray(x, from + i);
      total = total.add(e);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** x ← factor x over {@code n} elements, a multiple of the vector length. */
  static void scale(float[] x, int from, int n, float factor) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(SPECIES, x, from + i).mul(factor).intoArray(x, from + i);
    }
  }

  /**
   * y[j] ← Σ_c x[fromX + c] m[fromM + c · width + j], for j below {@code width}, a multiple of the
   * vector length: one row of a product with the row-major matrix m [n × width].
   */
  static void rowTimes(float[] x, int fromX, float[] m, int width, int n, float[] y, int fromY) {
    for (int j = 0; j < width; j += LANES) {
      FloatVector total = FloatVector.zero(SPECIES);
      for (int c = 0; c < n; c++) {
        total =
            FloatVector.fromArray(SPECIES, m, c * width + j).fma(broadcast(x[fromX + c]), total);
      }
      total.intoArray(y, fromY + j);
    }
  }
}
