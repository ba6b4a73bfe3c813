package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Storage;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.lang.ref.Cleaner;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;

/** Memory of a device, float32. What the heap writes is there for every thread afterwards. */
final class CudaStorage implements Storage {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Elements copied at once. */
  private static final int PIECE = 1 << 22;

  private final Gpu gpu;
  private final long address;
  private final long length;
  private final Cleaner.Cleanable memory;

  private CudaStorage(Gpu gpu, long address, long length) {
    this.gpu = gpu;
    this.address = address;
    this.length = length;
    this.memory = CLEANER.register(this, () -> gpu.free(address));
  }

  /**
   * Memory with undefined elements.
   *
   * @throws IllegalArgumentException if the device has not so much
   */
  static CudaStorage allocate(Gpu gpu, long length) {
    long bytes = Math.multiplyExact(Math.max(1, length), Float.BYTES);
    return new CudaStorage(gpu, gpu.allocate(bytes), length);
  }

  /** The address of a matrix' first element. */
  static long address(Matrix matrix) {
    if (!(matrix.storage() instanceof CudaStorage storage)) {
      throw new IllegalArgumentException(
          "expected a matrix in the GPU's memory, got "
              + matrix
              + " in "
              + matrix.storage().place()
              + "; make it by the same kernel provider, or force another one by -Dcola.kernels");
    }
    return storage.address + Float.BYTES * matrix.offset();
  }

  @Override
  public DataType type() {
    return DataType.FLOAT;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public String place() {
    return "memory of " + gpu.description();
  }

  @Override
  public void read(long offset, float[] target, int from, int count) {
    try (FloatPointer piece = new FloatPointer(Math.max(1, Math.min(count, PIECE)))) {
      for (int done = 0; done < count; done += PIECE) {
        int some = Math.min(PIECE, count - done);
        gpu.read(at(offset + done, some), piece, (long) some * Float.BYTES);
        piece.get(target, from + done, some);
      }
    }
  }

  @Override
  public void write(long offset, float[] source, int from, int count) {
    try (FloatPointer piece = new FloatPointer(Math.max(1, Math.min(count, PIECE)))) {
      for (int done = 0; done < count; done += PIECE) {
        int some = Math.min(PIECE, count - done);
        piece.put(source, from + done, some);
        gpu.write(at(offset + done, some), piece, (long) some * Float.BYTES);
      }
    }
    gpu.synchronize();
  }

  @Override
  public void read(long offset, double[] target, int from, int count) {
    float[] narrow = new float[count];
    read(offset, narrow, 0, count);
    for (int i = 0; i < count; i++) {
      target[from + i] = narrow[i];
    }
  }

  @Override
  public void write(long offset, double[] source, int from, int count) {
    float[] narrow = new float[count];
    for (int i = 0; i < count; i++) {
      narrow[i] = (float) source[from + i];
    }
    write(offset, narrow, 0, count);
  }

  private long at(long offset, int count) {
    if (offset < 0 || offset + count > length) {
      throw new IndexOutOfBoundsException(
          count + " elements at " + offset + " leave memory of " + length);
    }
    return address + Float.BYTES * offset;
  }

  @Override
  public void clear() {
    gpu.clear(address, length * Float.BYTES);
    gpu.synchronize();
  }

  @Override
  public DataBuffer buffer() {
    throw new UnsupportedOperationException(
        "ND4J cannot reach the memory of the provider 'cuda'; copy the matrix by toArray(), or"
            + " compute with -Dcola.kernels=cpu");
  }

  @Override
  public void close() {
    memory.clean();
  }
}
