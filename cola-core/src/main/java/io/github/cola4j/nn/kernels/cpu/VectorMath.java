package io.github.cola4j.nn.kernels.cpu;

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

  /** Rows of a block of {@link #product}. */
  static final int ROWS = 4;

  // Constants are vectors: one made by broadcast where it is used may be allocated at every use.
  private static final FloatVector ZERO = FloatVector.zero(SPECIES);
  private static final FloatVector ONE = broadcast(1f);
  private static final FloatVector HALF = broadcast(0.5f);
  private static final FloatVector MINUS_HALF = broadcast(-0.5f);

  /** Here the exponent 2⁻¹²⁷ has the bits of 0: what is smaller is 0, and never a subnormal. */
  private static final FloatVector EXP_MIN = broadcast(-88f);

  private static final FloatVector EXP_MAX = broadcast(88f);
  private static final FloatVector LOG2E = broadcast(1.44269504f);
  private static final FloatVector LN2_HIGH = broadcast(-0.693359375f);
  private static final FloatVector LN2_LOW = broadcast(2.12194440e-4f);
  private static final FloatVector EXP_6 = broadcast(1.9875691500E-4f);
  private static final FloatVector EXP_5 = broadcast(1.3981999507E-3f);
  private static final FloatVector EXP_4 = broadcast(8.3334519073E-3f);
  private static final FloatVector EXP_3 = broadcast(4.1665795894E-2f);
  private static final FloatVector EXP_2 = broadcast(1.6666665459E-1f);
  private static final FloatVector EXP_1 = broadcast(5.0000001201E-1f);

  /** Adding it rounds to an integer and leaves that integer in the low bits. */
  private static final FloatVector ROUNDER = broadcast(12582912f);

  private static final IntVector ROUNDER_BITS =
      ROUNDER.reinterpretAsInts().sub(127); // less the bias of a float's exponent

  private static final FloatVector SQRT_HALF = broadcast(0.70710678f);
  private static final FloatVector INV_SQRT_2PI = broadcast(0.39894228f);
  private static final FloatVector GELU_LINEAR = broadcast((float) (2 * Math.sqrt(2 / Math.PI)));
  private static final FloatVector GELU_CUBIC =
      broadcast((float) (0.08943 * Math.sqrt(2 / Math.PI)));
  private static final FloatVector PHI_T = broadcast(0.3275911f);
  private static final FloatVector PHI_5 = broadcast(1.061405429f);
  private static final FloatVector PHI_4 = broadcast(-1.453152027f);
  private static final FloatVector PHI_3 = broadcast(1.421413741f);
  private static final FloatVector PHI_2 = broadcast(-0.284496736f);
  private static final FloatVector PHI_1 = broadcast(0.254829592f);

  private VectorMath() {}

  static int bound(int n) {
    return SPECIES.loopBound(n);
  }

  /** The array, or a new one where it is shorter; it grows by half at least. */
  static float[] atLeast(float[] array, int length) {
    return array.length >= length ? array : new float[Math.max(length, array.length * 3 / 2)];
  }

  /** {@code n} rounded up to whole vectors. */
  static int padded(int n) {
    return (n + LANES - 1) / LANES * LANES;
  }

  /** eˣ to 2 units in the last place, for x up to 88; 0 below −87.7 (Cephes' expf). */
  static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(EXP_MIN).min(EXP_MAX);
    FloatVector shifted = clamped.fma(LOG2E, ROUNDER);
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector f = n.fma(LN2_LOW, n.fma(LN2_HIGH, clamped));
    FloatVector p = f.fma(EXP_6, EXP_5);
    p = p.fma(f, EXP_4);
    p = p.fma(f, EXP_3);
    p = p.fma(f, EXP_2);
    p = p.fma(f, EXP_1);
    p = p.fma(f.mul(f), f).add(ONE);
    IntVector exponent =
        shifted.reinterpretAsInts().sub(ROUNDER_BITS).lanewise(VectorOperators.LSHL, 23);
    return p.mul(exponent.reinterpretAsFloats());
  }

  /** Φ(x) by Abramowitz and Stegun 7.1.26, within 1e-7; {@code density} is exp(−x²/2). */
  private static FloatVector normal(FloatVector x, FloatVector density) {
    FloatVector z = x.abs().mul(SQRT_HALF);
    FloatVector t = ONE.div(z.fma(PHI_T, ONE));
    FloatVector p = t.fma(PHI_5, PHI_4);
    p = p.fma(t, PHI_3);
    p = p.fma(t, PHI_2);
    p = p.fma(t, PHI_1);
    FloatVector upper = p.mul(t).mul(density).mul(HALF); // 1 − Φ(|x|)
    return ONE.sub(upper).blend(upper, x.compare(VectorOperators.LT, ZERO));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  /** x ← x Φ(x); {@code x} has room for whole vectors. */
  static void gelu(float[] x, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      v.mul(normal(v, exp(v.mul(v).mul(MINUS_HALF)))).intoArray(x, i);
    }
  }

  /** dY ← dY (Φ(x) + x φ(x)); both have room for whole vectors. */
  static void geluBackward(float[] x, float[] dY, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      FloatVector density = exp(v.mul(v).mul(MINUS_HALF));
      FloatVector slope = v.mul(density).fma(INV_SQRT_2PI, normal(v, density));
      FloatVector.fromArray(SPECIES, dY, i).mul(slope).intoArray(dY, i);
    }
  }

  /** x ← x σ(2 √(2/π) (x + 0.044715 x³)); {@code x} has room for whole vectors. */
  static void geluTanh(float[] x, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      v.mul(sigmoid(v.mul(v).fma(GELU_CUBIC, GELU_LINEAR).mul(v))).intoArray(x, i);
    }
  }

  /** dY ← dY times the slope of {@link #geluTanh}; both have room for whole vectors. */
  static void geluTanhBackward(float[] x, float[] dY, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      FloatVector square = v.mul(v);
      FloatVector sigma = sigmoid(square.fma(GELU_CUBIC, GELU_LINEAR).mul(v));
      FloatVector inner = square.mul(3).fma(GELU_CUBIC, GELU_LINEAR).mul(v);
      FloatVector slope = ONE.sub(sigma).fma(inner, ONE).mul(sigma);
      FloatVector.fromArray(SPECIES, dY, i).mul(slope).intoArray(dY, i);
    }
  }

  /** x ← c tanh(x / c), by tanh(u) = 2 σ(2 u) − 1; whole vectors from {@code from} on. */
  static void cap(float[] x, int from, int n, float c) {
    FloatVector twice = broadcast(2 / c);
    FloatVector height = broadcast(2 * c);
    FloatVector floor = broadcast(-c);
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, from + i);
      sigmoid(v.mul(twice)).fma(height, floor).intoArray(x, from + i);
    }
  }

  /** dY ← dY (1 − (y / c)²), y as {@link #cap} gave it; whole vectors from {@code from} on. */
  static void capBackward(float[] y, float[] dY, int from, int n, float c) {
    FloatVector inverse = broadcast(1 / c);
    for (int i = 0; i < n; i += LANES) {
      FloatVector t = FloatVector.fromArray(SPECIES, y, from + i).mul(inverse);
      FloatVector slope = ONE.sub(t.mul(t));
      FloatVector.fromArray(SPECIES, dY, from + i).mul(slope).intoArray(dY, from + i);
    }
  }

  /** σ(x) = 1/(1 + e⁻ˣ). */
  private static FloatVector sigmoid(FloatVector x) {
    return ONE.div(exp(x.neg()).add(ONE));
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
      FloatVector slope = sigma.mul(g.sub(silu).add(ONE));
      FloatVector u = FloatVector.fromArray(SPECIES, up, i);
      slope.mul(gradient).mul(u).intoArray(gate, i);
      silu.mul(gradient).intoArray(up, i);
    }
  }

  /**
   * Turns the pairs (x[from + i], x[from + half + i]) by angles, their cosines before their sines.
   */
  static void rotate(float[] x, int from, float[] angles, int half) {
    int i = 0;
    for (; i < bound(half); i += LANES) {
      FloatVector low = FloatVector.fromArray(SPECIES, x, from + i);
      FloatVector high = FloatVector.fromArray(SPECIES, x, from + half + i);
      FloatVector cos = FloatVector.fromArray(SPECIES, angles, i);
      FloatVector sin = FloatVector.fromArray(SPECIES, angles, half + i);
      low.mul(cos).sub(high.mul(sin)).intoArray(x, from + i);
      high.mul(cos).add(low.mul(sin)).intoArray(x, from + half + i);
    }
    for (; i < half; i++) {
      float low = x[from + i];
      float high = x[from + half + i];
      x[from + i] = low * angles[i] - high * angles[half + i];
      x[from + half + i] = high * angles[i] + low * angles[half + i];
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
    FloatVector shifts = broadcast(shift);
    FloatVector total = FloatVector.zero(SPECIES);
    for (int i = 0; i < n; i += LANES) {
      FloatVector e = exp(FloatVector.fromArray(SPECIES, x, from + i).sub(shifts));
      e.intoArray(x, from + i);
      total = total.add(e);
    }
    return total.reduceLanes(VectorOperators.ADD);
  }

  /** x ← factor x over {@code n} elements, a multiple of the vector length. */
  static void scale(float[] x, int from, int n, float factor) {
    FloatVector factors = broadcast(factor);
    for (int i = 0; i < n; i += LANES) {
      FloatVector.fromArray(SPECIES, x, from + i).mul(factors).intoArray(x, from + i);
    }
  }

  /** x ← factor x + mask over {@code n} elements, a multiple of the vector length; the maximum. */
  static float maskAndMax(float[] x, int from, float[] mask, int n, float factor) {
    FloatVector factors = broadcast(factor);
    FloatVector best = broadcast(Float.NEGATIVE_INFINITY);
    for (int i = 0; i < n; i += LANES) {
      FloatVector masked =
          FloatVector.fromArray(SPECIES, x, from + i)
              .fma(factors, FloatVector.fromArray(SPECIES, mask, i));
      masked.intoArray(x, from + i);
      best = best.max(masked);
    }
    return best.reduceLanes(VectorOperators.MAX);
  }

  /** dP ← factor P ⊙ (dP − centre) over {@code n} elements, a multiple of the vector length. */
  static void softmaxBackward(float[] p, float[] dP, int from, int n, float centre, float factor) {
    FloatVector factors = broadcast(factor);
    FloatVector centres = broadcast(centre);
    for (int i = 0; i < n; i += LANES) {
      FloatVector weight = FloatVector.fromArray(SPECIES, p, from + i).mul(factors);
      FloatVector slope = FloatVector.fromArray(SPECIES, dP, from + i).sub(centres);
      weight.mul(slope).intoArray(dP, from + i);
    }
  }

  /**
   * C ← A B with row-major B and C: c[i][j] = Σ_l a[fromA + i · rowStep + l · innerStep] · b[fromB
   * + l · ldb + j], in blocks of {@value #ROWS} rows and a vector.
   *
   * @param rows of A and C, a multiple of {@value #ROWS}
   * @param columns of B and C, a multiple of the vector length
   */
  static void product(
      float[] a,
      int fromA,
      int rowStep,
      int innerStep,
      float[] b,
      int fromB,
      int ldb,
      float[] c,
      int fromC,
      int ldc,
      int rows,
      int inner,
      int columns) {
    for (int j = 0; j < columns; j += LANES) {
      for (int i = 0; i < rows; i += ROWS) {
        int a0 = fromA + i * rowStep;
        int a1 = a0 + rowStep;
        int a2 = a1 + rowStep;
        int a3 = a2 + rowStep;
        FloatVector c0 = FloatVector.zero(SPECIES);
        FloatVector c1 = FloatVector.zero(SPECIES);
        FloatVector c2 = FloatVector.zero(SPECIES);
        FloatVector c3 = FloatVector.zero(SPECIES);
        for (int l = 0; l < inner; l++) {
          FloatVector row = FloatVector.fromArray(SPECIES, b, fromB + l * ldb + j);
          int step = l * innerStep;
          c0 = row.fma(FloatVector.broadcast(SPECIES, a[a0 + step]), c0);
          c1 = row.fma(FloatVector.broadcast(SPECIES, a[a1 + step]), c1);
          c2 = row.fma(FloatVector.broadcast(SPECIES, a[a2 + step]), c2);
          c3 = row.fma(FloatVector.broadcast(SPECIES, a[a3 + step]), c3);
        }
        int at = fromC + i * ldc + j;
        c0.intoArray(c, at);
        c1.intoArray(c, at + ldc);
        c2.intoArray(c, at + 2 * ldc);
        c3.intoArray(c, at + 3 * ldc);
      }
    }
  }
}
