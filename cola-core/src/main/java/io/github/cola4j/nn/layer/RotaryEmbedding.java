package io.github.cola4j.nn.layer;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;

/**
 * Rotary position embeddings (arXiv 2104.09864) as Hugging Face lays them out: within a head of dh
 * features, feature i and i + dh/2 turn together by the angle p · f_i at position p:
 *
 * <pre>
 *   x'_i = x_i cos − x_{i+dh/2} sin      x'_{i+dh/2} = x_{i+dh/2} cos + x_i sin
 * </pre>
 *
 * The backward turns back. Frequencies and angles are float32 products, as the models were trained.
 *
 * @param frequencies f [dh/2], radians a position
 */
public record RotaryEmbedding(float[] frequencies) {

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

  /**
   * Frequencies θ^(−2i/dh).
   *
   * @param theta the base θ
   * @param width dh, even
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
  public RotaryEmbedding withLinearScaling(double factor) {
    float[] scaled = new float[frequencies.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (frequencies[i] / factor);
    }
    return new RotaryEmbedding(scaled);
  }

  /** cos over sin of every position's angles [dh × positions], in the pass's working memory. */
  public Matrix angles(Pass pass, int[] positions) {
    int half = frequencies.length;
    float[] elements = new float[2 * half * positions.length];
    for (int t = 0; t < positions.length; t++) {
      for (int i = 0; i < half; i++) {
        float angle = positions[t] * frequencies[i];
        elements[2 * half * t + i] = (float) Math.cos(angle);
        elements[2 * half * t + half + i] = (float) Math.sin(angle);
      }
    }
    Matrix angles = pass.matrix(2 * half, positions.length);
    angles.set(elements);
    return angles;
  }

  /** Turns the heads of every token, in place. */
  public void forward(Pass pass, Matrix x, Matrix angles) {
    pass.kernels().rotate(x, angles, false);
  }

  /** Turns gradients back, in place. */
  public void backward(Pass pass, Matrix dX, Matrix angles) {
    pass.kernels().rotate(dX, angles, true);
  }
}
