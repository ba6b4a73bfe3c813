package io.github.cola4j.nn.toy;

import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.kernels.ForwardingKernels;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernelProvider;
import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The provider {@code counting}, from test sources alone: the portable one's kernels and memory,
 * and how often they were asked for. It is taken only where {@code -Dcola.kernels} forces it.
 */
public final class CountingKernelProvider implements KernelProvider {
  static final AtomicLong MULTIPLICATIONS = new AtomicLong();
  static final AtomicLong ALLOCATIONS = new AtomicLong();

  private final KernelProvider portable = new Nd4jKernelProvider();

  private static final class CountingKernels extends ForwardingKernels {
    CountingKernels(Kernels all) {
      super(all, all, all, all, all, all);
    }

    @Override
    public void gemm(
        double alpha,
        Matrix a,
        boolean transposeA,
        Matrix b,
        boolean transposeB,
        double beta,
        Matrix c) {
      MULTIPLICATIONS.incrementAndGet();
      super.gemm(alpha, a, transposeA, b, transposeB, beta, c);
    }
  }

  @Override
  public String name() {
    return "counting";
  }

  @Override
  public int priority() {
    return -100;
  }

  @Override
  public String unavailable() {
    return portable.unavailable();
  }

  @Override
  public boolean supports(DataType type) {
    return portable.supports(type);
  }

  @Override
  public Kernels kernels(DataType type) {
    return new CountingKernels(portable.kernels(type));
  }

  @Override
  public Storage allocate(DataType type, long length) {
    ALLOCATIONS.incrementAndGet();
    return portable.allocate(type, length);
  }

  @Override
  public void limitThreads(int threads) {
    portable.limitThreads(threads);
  }
}
