package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.Matrix;

/** Device memory of one thread's kernels, overwritten by each that uses it; it grows as needed. */
final class Scratch {
  private final Gpu gpu;
  private CudaStorage storage;

  Scratch(Gpu gpu) {
    this.gpu = gpu;
  }

  /** The address of some floats; addresses given before are no longer valid. */
  long floats(long count) {
    if (storage == null || storage.length() < count) {
      if (storage != null) {
        storage.close();
      }
      storage = CudaStorage.allocate(gpu, Math.max(4096, count + count / 2));
    }
    return CudaStorage.address(Matrix.over(storage, 0, 1, 1));
  }

  /** The first floats, as kernels left them. */
  float[] read(int count) {
    float[] values = new float[count];
    storage.read(0, values, 0, count);
    return values;
  }
}
