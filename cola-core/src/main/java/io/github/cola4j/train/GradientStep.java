package io.github.cola4j.train;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import org.nd4j.linalg.api.buffer.DataType;

/** A step of AdamW with a gradient that was computed elsewhere. */
public final class GradientStep {
  private GradientStep() {}

  /**
   * What a step made.
   *
   * @param norm of its gradient, before clipping
   */
  public record Result(TaskState state, double norm) {}

  /**
   * The state after one step more: what {@link LocalTrainer} makes of the same gradient, to the
   * bit.
   *
   * @param type of the numbers that are computed with
   * @param layout of the whole state
   * @param gradient of the mean loss [P], not clipped
   * @param round what is trained, and the age of its moments
   * @param totalSteps of the whole training, for the schedule
   */
  public static Result take(
      DataType type,
      ParameterLayout layout,
      TrainingConfig config,
      TaskState before,
      float[] gradient,
      LocalSteps round,
      int totalSteps) {
    int length = before.theta().length;
    Matrix theta = Matrix.of(type, length, 1, before.theta());
    Matrix m = Matrix.of(type, length, 1, before.m());
    Matrix v = Matrix.of(type, length, 1, before.v());
    AdamW optimizer = new AdamW(config.optimizer(), layout);
    double norm =
        optimizer.step(
            Kernels.forThread(type),
            theta,
            m,
            v,
            Matrix.of(type, length, 1, gradient),
            optimizer.plan(round),
            1,
            config.schedule().factor(before.step(), totalSteps));
    return new Result(
        new TaskState(theta.toArray(), m.toArray(), v.toArray(), before.step() + 1), norm);
  }
}
