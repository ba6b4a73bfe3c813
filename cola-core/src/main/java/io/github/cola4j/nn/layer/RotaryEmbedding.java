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
   * Llama 3's stretching of the slow frequencies (rope_type llama3).
   *
   * @param factor slow frequencies are divided by it
   * @param lowFactor wavelengths above {@code originalPositions / lowFactor} are slow
   * @param highFactor wavelengths below {@code originalPositions / highFactor} stay
   * @param originalPositions positions of the first training
   */
  public record Stretch(
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
   * @param stretch null for none
   */
  public static RotaryEmbedding of(double theta, int width, Stretch stretch) {
    float[] frequencies = new float[width / 2];
    for (int i = 0; i < frequencies.length; i++) {
      float frequency = (float) Math.pow(theta, -2.0 * i / width);
      frequencies[i] = stretch == null ? frequency : stretch.apply(frequency);
    }
    return new RotaryEmbedding(frequencies);
  }

  /** All frequencies divided by a factor (linear position interpolation, arXiv 2306.15595). */
  public RotaryEmbedding slowed(double factor) {
    float[] slower = new float[frequencies.length];
    for (int i = 0; i < slower.length; i++) {
      slower[i] = (float) (frequencies[i] / factor);
    }
    return new RotaryEmbedding(slower);
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
