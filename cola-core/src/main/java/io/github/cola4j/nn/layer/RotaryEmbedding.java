package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Rotary position embeddings (arXiv 2104.09864) as Hugging Face lays them out: within a head of dh
 * features, of the first r ≤ dh feature i and i + r/2 turn together by the angle p · f_i at
 * position p, and the rest stay as they are:
 *
 * <pre>
 *   x'_i = c (x_i cos − x_{i+r/2} sin)      x'_{i+r/2} = c (x_{i+r/2} cos + x_i sin)
 * </pre>
 *
 * The backward is the transpose. Frequencies and angles are float32 products, as the models were
 * trained.
 *
 * @param frequencies f [r/2], radians a position; none for layers without positions
 * @param factor c, which the scalings for long texts multiply queries and keys by
 * @param extended what sequences beyond the first training's length turn by; null for the same
 */
public record RotaryEmbedding(float[] frequencies, double factor, Extended extended) {
  /** Turns nothing: the layers of a decoder that have no positions (arXiv 2305.19466). */
  public static final RotaryEmbedding NONE = new RotaryEmbedding(new float[0]);

  /**
   * Frequencies of long sequences.
   *
   * @param frequencies f [r/2]
   * @param positions sequences of more tokens turn by them, from their first token on
   */
  public record Extended(float[] frequencies, int positions) {}

  /**
   * Llama-3 RoPE scaling ({@code rope_type: llama3}): low frequencies are divided by a factor.
   *
   * @param factor low frequencies are divided by it
   * @param lowFactor wavelengths above {@code originalPositions / lowFactor} are of low frequency
   * @param highFactor wavelengths below {@code originalPositions / highFactor} stay
   * @param originalPositions positions of the first training
   */
  public record Llama3Scaling(
      double factor, double lowFactor, double highFactor, double originalPositions) {

    private float apply(float frequency) {
      double wavelength = 2 * Math.PI / frequency;
      if (wavelength < originalPositions / highFactor) {
        return frequency;
      }
      if (wavelength > originalPositions / lowFactor) {
        return (float) (frequency / factor);
      }
      double smooth = (originalPositions / wavelength - lowFactor) / (highFactor - lowFactor);
      return (float) ((1 - smooth) * frequency / factor + smooth * frequency);
    }
  }

  /** Turns by these frequencies, without a factor. */
  public RotaryEmbedding(float[] frequencies) {
    this(frequencies, 1, null);
  }

  /**
   * Frequencies θ^(−2i/r).
   *
   * @param theta the base θ
   * @param width r, even
   * @param scaling of Llama 3; null for none
   */
  public static RotaryEmbedding of(double theta, int width, Llama3Scaling scaling) {
    float[] frequencies = new float[width / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float frequency = (float) Math.pow(theta, -2.0 * i / width);
      frequencies[i] = scaling == null ? frequency : scaling.apply(frequency);
    }
    return new RotaryEmbedding(frequencies);
  }

  /**
   * Linear RoPE scaling (position interpolation, arXiv 2306.15595): all frequencies divided by a
   * factor.
   */
  public RotaryEmbedding withLinearScaling(double divisor) {
    float[] scaled = new float[frequencies.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (frequencies[i] / divisor);
    }
    return new RotaryEmbedding(scaled, factor, extended);
  }

  /** Whether a sequence of so many tokens turns by the extended frequencies. */
  boolean isLong(int length) {
    return extended != null && length > extended.positions;
  }

  /** cos over sin of a position's angles [r], times c, from {@code at} on. */
  void angles(int position, boolean isLong, float[] target, int at) {
    float[] turns = isLong ? extended.frequencies : frequencies;
    int half = turns.length;
    float scale = (float) factor;
    for (int i = 0; i < half; i++) {
      float angle = position * turns[i];
      target[at + i] = (float) Math.cos(angle) * scale;
      target[at + half + i] = (float) Math.sin(angle) * scale;
    }
  }

  /**
   * Turns the heads of every token, in place.
   *
   * @param x [heads · dh × T]
   * @param angles [r × T]
   * @param width dh
   */
  public static void forward(Pass pass, Matrix x, Matrix angles, int width) {
    turn(pass, x, angles, width, false);
  }

  /** Gradients by the transpose, in place. */
  public static void backward(Pass pass, Matrix dX, Matrix angles, int width) {
    turn(pass, dX, angles, width, true);
  }

  private static void turn(Pass pass, Matrix x, Matrix angles, int width, boolean back) {
    if (angles.rows() == width) {
      pass.kernels().rotate(x, angles, back);
    } else if (angles.rows() > 0) {
      for (int from = 0; from < x.rows(); from += width) {
        pass.kernels().rotate(x.rows(from, from + angles.rows()), angles, back);
      }
    }
  }
}
