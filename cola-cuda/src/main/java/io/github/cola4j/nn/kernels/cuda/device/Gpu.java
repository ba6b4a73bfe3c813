package io.github.cola4j.nn.kernels.cuda.device;

import io.github.cola4j.nn.DeviceUse;
import org.bytedeco.javacpp.Pointer;

/**
 * One device: memory, copies, launches, products. Addresses are the device's. Work is done in the
 * order in which a thread asks for it, on a stream of that thread; threads do not wait for each
 * other but in {@link #synchronizeAll}.
 */
public interface Gpu {

  /** For reports: {@code NVIDIA H200, compute capability 9.0}. */
  String description();

  /** Memory in use, and how busy the device is. */
  DeviceUse use();

  /**
   * Memory of the device with undefined elements, at a multiple of 256 bytes.
   *
   * @throws IllegalArgumentException if there is not so much
   */
  long allocate(long bytes);

  /** Frees memory, when all that uses it is done. */
  void free(long address);

  /** Memory of the host that the device reads while the host computes; zeros at first. */
  Pointer allocateHost(long bytes);

  /** Frees memory of {@link #allocateHost}. */
  void freeHost(Pointer host);

  /** Copies to the device; {@code host} may be changed afterwards. */
  void write(long address, Pointer host, long bytes);

  /**
   * Copies to the device some time later, in the thread's order.
   *
   * @param host of {@link #allocateHost}; not to be changed before the thread synchronised
   */
  void enqueueWrite(long address, Pointer host, long bytes);

  /** Copies to the host, when all before is done. */
  void read(long address, Pointer host, long bytes);

  /** Sets bytes to 0. */
  void clear(long address, long bytes);

  /**
   * Launches a kernel of the {@code .cu} resources on gridX × gridY blocks; nothing if there is
   * none.
   *
   * @param sharedBytes of dynamic shared memory
   * @param arguments 8 bytes each: an address, a {@code long long}, or the bits of a {@code
   *     double}; a parameter that is a structure takes several, at most 512 in all
   */
  void launch(String kernel, int gridX, int gridY, int threads, int sharedBytes, long... arguments);

  /**
   * C ← alpha op(A) op(B) + beta C, column-major, with m, n, k and strides as BLAS has them; where
   * beta is 0, C need not be set.
   *
   * @param type of A and B; C is float32
   */
  void gemm(
      GemmType type,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      long a,
      int lda,
      long b,
      int ldb,
      double beta,
      long c,
      int ldc);

  /** Waits for all that this thread asked for. */
  void synchronize();

  /** Waits for all that any thread asked for. */
  void synchronizeAll();
}
