package io.github.cola4j.nn;

import io.github.cola4j.nn.stored.Precision;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The seam between the model maths and the machine: every operation that touches elements. A {@link
 * KernelProvider} makes them, and all providers pass the same tests. An instance belongs to one
 * thread.
 *
 * <p>Matrices are [features × T] as in the package's description; a {@code Backward} method adds to
 * its gradient unless it says that it overwrites.
 */
public interface Kernels
    extends GemmKernels,
        ElementwiseKernels,
        NormKernels,
        ActivationKernels,
        AttentionKernels,
        OptimizerKernels {

  /** The chosen kernels for a type in this JVM ({@link KernelProviders}), for use by one thread. */
  static Kernels forThread(DataType type) {
    return KernelProviders.get().of(type).kernels(type);
  }

  /**
   * As {@link #forThread(DataType)}, for models whose frozen products have a precision ({@link
   * KernelProvider#kernels(DataType, Precision)}).
   */
  static Kernels forThread(DataType type, Precision precision) {
    return KernelProviders.get().of(type).kernels(type, precision);
  }

  /**
   * Limits the threads of an operation in this JVM: one for each concurrent pass is best. Does
   * nothing on a GPU.
   */
  static void limitThreads(int threads) {
    KernelProviders.get().limitThreads(threads);
  }

  /**
   * What one AdamW step computes with.
   *
   * @param learningRate η of this step, the schedule included
   * @param step t, from 1
   * @param gradientScale factor of the gradient (clipping)
   */
  record AdamWStep(
      double learningRate,
      double beta1,
      double beta2,
      double eps,
      double decay,
      int step,
      double gradientScale) {}
}
