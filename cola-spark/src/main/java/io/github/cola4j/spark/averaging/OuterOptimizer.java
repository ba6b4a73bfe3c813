package io.github.cola4j.spark.averaging;

/**
 * Nesterov's momentum on what a round has changed (DiLoCo, arXiv 2311.08105). A round is one step
 * of it:
 *
 * <pre>Δ = θ_before − θ̄     v ← μ v + Δ     θ ← θ_before − η (Δ + μ v)</pre>
 *
 * <p>With η = 1 and μ = 0 that is θ̄. What the round did not train stays, its v too.
 */
public final class OuterOptimizer {
  private OuterOptimizer() {}

  /**
   * θ and v after a step.
   *
   * @param theta [P]
   * @param velocity v [P]
   */
  public record Step(float[] theta, float[] velocity) {}

  /**
   * Takes a step.
   *
   * @param before parameters before the round [P]
   * @param mean parameters after averaging [P]
   * @param velocity v [P]; null before the first round
   * @param trained what the round trained
   */
  public static Step step(
      OuterConfig config, float[] before, float[] mean, float[] velocity, ParameterSlices trained) {
    float[] theta = mean.clone();
    float[] next = velocity == null ? new float[mean.length] : velocity.clone();
    double momentum = config.momentum();
    for (ParameterSlices.Slice slice : trained.slices()) {
      for (int i = slice.from(); i < slice.to(); i++) {
        double delta = (double) before[i] - mean[i];
        double v = momentum * next[i] + delta;
        next[i] = (float) v;
        theta[i] = (float) (before[i] - config.learningRate() * (delta + momentum * v));
        FedAvg.requireFinite(i, theta[i]);
      }
    }
    return new Step(theta, next);
  }
}
