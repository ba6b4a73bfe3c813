package io.github.cola4j.nn.kernels.cuda;

import static io.github.cola4j.nn.kernels.cuda.CudaStorage.address;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.kernels.cuda.grouped.GroupedSteps;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;

/** The optimiser by {@code optimizer.cu}. */
final class CudaOptimizerKernels implements OptimizerKernels {
  private static final int MOST_BLOCKS = 1024; // whose sums the host adds up

  private final Gpu gpu;
  private final Scratch scratch;
  private final GroupedSteps grouped;

  CudaOptimizerKernels(Gpu gpu) {
    this.gpu = gpu;
    this.scratch = new Scratch(gpu);
    this.grouped = new GroupedSteps(gpu);
  }

  @Override
  public double sumOfSquares(Matrix x) {
    return sumsOfSquares(List.of(x))[0];
  }

  /** A launch for each, whose blocks' sums lie behind each other and are read at once. */
  @Override
  public double[] sumsOfSquares(List<Matrix> all) {
    int[] ends = new int[all.size()];
    int count = 0;
    for (int i = 0; i < ends.length; i++) {
      Elements each = Elements.all(all.get(i));
      count = Math.addExact(count, Math.multiplyExact(each.columns(), blocks(each)));
      ends[i] = count;
    }
    double[] result = new double[ends.length];
    if (count == 0) {
      return result;
    }
    long sums = scratch.atLeast((long) count * Double.BYTES);
    for (int i = 0; i < ends.length; i++) {
      Matrix x = all.get(i);
      Elements each = Elements.all(x);
      gpu.launch(
          "sumOfSquares",
          each.columns(),
          blocks(each),
          each.threads(),
          0,
          address(x),
          x.stride(),
          sums + (long) Double.BYTES * (i == 0 ? 0 : ends[i - 1]),
          each.rows());
    }
    try (DoublePointer host = new DoublePointer(count)) {
      gpu.read(sums, host, (long) count * Double.BYTES);
      for (int i = 0, at = 0; i < ends.length; i++) {
        for (; at < ends[i]; at++) {
          result[i] += host.get(at);
        }
      }
    }
    return result;
  }

  private static int blocks(Elements each) {
    return Math.min(MOST_BLOCKS, each.blocks());
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step) {
    adamW(List.of(new Update(theta, m, v, gradient, step)));
  }

  @Override
  public void adamW(List<Update> all) {
    List<GroupedSteps.Step> steps = new ArrayList<>();
    for (Update one : all) {
      long length =
          Elements.columns(one.theta(), one.m(), one.v(), one.gradient()).rows(); // one column
      if (length > 0) {
        steps.add(
            new GroupedSteps.Step(
                address(one.theta()),
                address(one.m()),
                address(one.v()),
                address(one.gradient()),
                length,
                one.step()));
      }
    }
    grouped.take(steps);
  }
}
