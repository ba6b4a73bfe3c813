package io.github.cola4j.nn;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A block of memory of the ND4J backend (host memory on the CPU, device memory on a GPU), float32
 * or float64. {@link Matrix} is a window of it. The direct views of host memory are for the CPU
 * kernels alone; nothing else may assume that they exist.
 */
public final class Storage {

  /** Elements from the start of one direct view to the start of the next. */
  private static final int VIEW_STEP = 1 << 27;

  /** Bytes from which on the system is asked first whether it has them. */
  private static final long PROBED = 1 << 20;

  private final DataBuffer buffer;
  private final AtomicReferenceArray<FloatBuffer> views;
  private volatile FloatPointer floats;
  private volatile DoublePointer doubles;

  private Storage(DataBuffer buffer) {
    this.buffer = buffer;
    this.views = new AtomicReferenceArray<>((int) (buffer.length() / VIEW_STEP) + 1);
  }

  static Storage allocate(DataType type, long length) {
    requireFloating(type);
    requireMemory(Math.multiplyExact(length, type.width()));
    return new Storage(Nd4j.createBuffer(type, Math.max(1, length), false));
  }

  /**
   * Refuses what the system does not give. ND4J writes to memory that it asked for without looking
   * whether it got any, which ends the JVM; so the system is asked first.
   */
  private static void requireMemory(long bytes) {
    if (bytes < PROBED || !Kernels.onHost()) {
      return;
    }
    Pointer probe = bytes > machineBytes() ? null : Pointer.malloc(bytes);
    if (probe == null) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "cannot allocate %,d bytes of native memory, the machine has %,d in all; train with"
                  + " smaller steps (training.batchSize, training.maxLength) or a smaller model, or"
                  + " give the process more memory",
              bytes,
              machineBytes()));
    }
    Pointer.free(probe);
  }

  /** Memory and swap of the machine or the container. */
  private static long machineBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize() + system.getTotalSwapSpaceSize()
        : Long.MAX_VALUE;
  }

  /** The memory that an array is a part of; {@link INDArray#offset} counts from its start. */
  static Storage of(INDArray array) {
    requireFloating(array.dataType());
    DataBuffer whole = array.data().originalDataBuffer();
    return new Storage(whole == null ? array.data() : whole);
  }

  private static void requireFloating(DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new IllegalArgumentException("expected FLOAT or DOUBLE, got " + type);
    }
  }

  DataType type() {
    return buffer.dataType();
  }

  long length() {
    return buffer.length();
  }

  public DataBuffer buffer() {
    return buffer;
  }

  /** A pointer to element {@code offset}, for BLAS. */
  public FloatPointer floats(long offset) {
    if (floats == null) {
      floats = (FloatPointer) buffer.addressPointer();
    }
    return new FloatPointer(floats).position(offset);
  }

  /** A pointer to element {@code offset}, for BLAS. */
  DoublePointer doubles(long offset) {
    if (doubles == null) {
      doubles = (DoublePointer) buffer.addressPointer();
    }
    return new DoublePointer(doubles).position(offset);
  }

  /** Copies elements from here to the heap. */
  public void read(long offset, float[] target, int from, int length) {
    view(offset).get((int) (offset % VIEW_STEP), target, from, length);
  }

  /** Copies elements from the heap to here. */
  public void write(long offset, float[] source, int from, int length) {
    view(offset).put((int) (offset % VIEW_STEP), source, from, length);
  }

  /** Views overlap by half, so that every run of up to {@value #VIEW_STEP} elements lies in one. */
  private FloatBuffer view(long offset) {
    int index = (int) (offset / VIEW_STEP);
    FloatBuffer view = views.get(index);
    if (view == null) {
      long start = (long) index * VIEW_STEP;
      long length = Math.min(2L * VIEW_STEP - 1, buffer.length() - start);
      view = floats(start).limit(start + length).asBuffer();
      views.set(index, view);
    }
    return view;
  }

  void close() {
    buffer.close();
  }
}
