package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The random matrices of VeRA: with u and v from U(−1, 1), the same for all layers of one rank,
 *
 * <pre>
 *   A_ki = √(6/in) u_{i r + k}     B_ok = √(6/r) v_{o r + k}
 * </pre>
 *
 * <p>so that a layer of fewer inputs or outputs has a part of another's, but for the factor of A
 * (Kaiming's uniform distribution, as in HF PEFT).
 *
 * @param a Aᵀ [in × r], column by column
 * @param b B [out × r], column by column
 */
public record VeraProjection(float[] a, float[] b) {

  /** That of a layer, from the seed. */
  public static VeraProjection of(AdapterConfig config, FrozenLinear linear) {
    return of(config, linear, linear.in(), linear.out());
  }

  /**
   * One as large as the largest layers need it, which begins with that of a layer.
   *
   * @param in from the layer's
   * @param out from the layer's
   */
  public static VeraProjection of(AdapterConfig config, FrozenLinear linear, int in, int out) {
    long seed = config.options(VeraOptions.class).seed();
    int rank = config.rankOf(linear.name());
    return new VeraProjection(
        drawn(in, rank, Math.sqrt(6.0 / in), Seeds.mix(seed, 0)),
        drawn(out, rank, Math.sqrt(6.0 / rank), Seeds.mix(seed, 1)));
  }

  private static float[] drawn(int rows, int columns, double bound, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] elements = new float[Math.multiplyExact(rows, columns)];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < columns; k++) {
        elements[k * rows + i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
    }
    return elements;
  }

  Matrix a(DataType type, int rank) {
    return Matrix.of(type, a.length / rank, rank, a);
  }

  Matrix b(DataType type, int rank) {
    return Matrix.of(type, b.length / rank, rank, b);
  }
}
