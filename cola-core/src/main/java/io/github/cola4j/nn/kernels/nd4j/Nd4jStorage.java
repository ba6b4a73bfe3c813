package io.github.cola4j.nn.kernels.nd4j;

import com.sun.management.OperatingSystemMXBean;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Storage;
import java.lang.management.ManagementFactory;
import java.lang.ref.Cleaner;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Memory of the ND4J backend: host memory on the CPU, device memory on a GPU. The pointers and
 * direct views of host memory are for the CPU's kernels alone; nothing else may assume that they
 * exist.
 */
public final class Nd4jStorage implements Storage {

  /** Elements from the start of one direct view to the start of the next. */
  private static final int VIEW_STEP = 1 << 27;

  /** Bytes from which on the system is asked first whether it has them. */
  private static final long PROBED = 1 << 20;

  private final DataBuffer buffer;
  private final Cleaner.Cleanable memory; // null if the buffer frees its own
  private final DataType type;
  private final AtomicReferenceArray<FloatBuffer> views;
  private volatile FloatPointer floats;

  private Nd4jStorage(DataBuffer buffer, Cleaner.Cleanable memory) {
    this.buffer = buffer;
    this.memory = memory;
    this.type = buffer.dataType();
    this.views = new AtomicReferenceArray<>((int) (buffer.length() / VIEW_STEP) + 1);
  }

  /** Memory of its own with undefined elements. */
  public static Nd4jStorage allocate(DataType type, long length) {
    requireFloating(type);
    long bytes = Math.multiplyExact(length, type.width());
    if (bytes < HostMemory.LARGE || !Nd4jBackend.isHost()) {
      requireMemory(bytes);
      return new Nd4jStorage(Nd4j.createBuffer(type, Math.max(1, length), false), null);
    }
    HostMemory memory = bytes > machineBytes() ? null : HostMemory.allocate(type, length);
    if (memory == null) {
      throw noMemory(bytes);
    }
    return new Nd4jStorage(memory.buffer(), memory.free());
  }

  /**
   * Refuses what the system does not give. ND4J writes to memory that it asked for without looking
   * whether it got any, which ends the JVM; so the system is asked first.
   */
  private static void requireMemory(long bytes) {
    if (bytes < PROBED || !Nd4jBackend.isHost()) {
      return;
    }
    Pointer probe = Pointer.malloc(bytes);
    if (probe == null) {
      throw noMemory(bytes);
    }
    Pointer.free(probe);
  }

  private static IllegalArgumentException noMemory(long bytes) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "cannot allocate %,d bytes of native memory, the machine has %,d in all; train with"
                + " smaller steps (training.batchSize, training.maxLength) or a smaller model, or"
                + " give the process more memory",
            bytes,
            machineBytes()));
  }

  /**
   * A window of an ND4J array's memory, which must have no gaps: its elements as they lie there,
   * read column by column. A row-major array [T × features] becomes a matrix [features × T].
   */
  public static Matrix matrix(INDArray array, int rows, int columns) {
    if (!Shape.hasDefaultStridesForShape(array) || array.length() != (long) rows * columns) {
      throw new IllegalArgumentException(
          "cannot read the memory of an array "
              + Arrays.toString(array.shape())
              + " with strides "
              + Arrays.toString(array.stride())
              + " as "
              + rows
              + " × "
              + columns);
    }
    requireFloating(array.dataType());
    DataBuffer whole = array.data().originalDataBuffer();
    return Matrix.over(
        new Nd4jStorage(whole == null ? array.data() : whole, null), array.offset(), rows, columns);
  }

  /** Memory and swap of the machine or the container. */
  private static long machineBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize() + system.getTotalSwapSpaceSize()
        : Long.MAX_VALUE;
  }

  private static void requireFloating(DataType type) {
    if (type != DataType.FLOAT && type != DataType.DOUBLE) {
      throw new IllegalArgumentException("expected FLOAT or DOUBLE, got " + type);
    }
  }

  @Override
  public DataType type() {
    return type;
  }

  @Override
  public long length() {
    return buffer.length();
  }

  @Override
  public String place() {
    return Nd4jBackend.isHost() ? "host memory" : "ND4J's device memory";
  }

  @Override
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

  @Override
  public void read(long offset, float[] target, int from, int length) {
    if (type == DataType.FLOAT && Nd4jBackend.isHost()) {
      view(offset).get((int) (offset % VIEW_STEP), target, from, length);
    } else if (length > 0) {
      System.arraycopy(array(offset, length).dup().data().asFloat(), 0, target, from, length);
    }
  }

  @Override
  public void write(long offset, float[] source, int from, int length) {
    if (type == DataType.FLOAT && Nd4jBackend.isHost()) {
      view(offset).put((int) (offset % VIEW_STEP), source, from, length);
    } else if (length > 0) {
      array(offset, length)
          .assign(Nd4j.createFromArray(Arrays.copyOfRange(source, from, from + length)));
    }
  }

  @Override
  public void read(long offset, double[] target, int from, int length) {
    if (type == DataType.DOUBLE && Nd4jBackend.isHost()) {
      doubles(offset, length).get(target, from, length);
    } else if (type == DataType.FLOAT) {
      float[] narrow = new float[length];
      read(offset, narrow, 0, length);
      for (int i = 0; i < length; i++) {
        target[from + i] = narrow[i];
      }
    } else if (length > 0) {
      System.arraycopy(array(offset, length).dup().data().asDouble(), 0, target, from, length);
    }
  }

  @Override
  public void write(long offset, double[] source, int from, int length) {
    if (type == DataType.DOUBLE && Nd4jBackend.isHost()) {
      doubles(offset, length).put(source, from, length);
    } else if (type == DataType.FLOAT) {
      float[] narrow = new float[length];
      for (int i = 0; i < length; i++) {
        narrow[i] = (float) source[from + i];
      }
      write(offset, narrow, 0, length);
    } else if (length > 0) {
      array(offset, length)
          .assign(Nd4j.createFromArray(Arrays.copyOfRange(source, from, from + length)));
    }
  }

  @Override
  public void clear() {
    if (Nd4jBackend.isHost()) {
      Pointer.memset(buffer.addressPointer(), 0, length() * type.width());
    } else {
      array(0, length()).assign(0);
    }
  }

  private INDArray array(long offset, long length) {
    return Nd4j.create(buffer, new long[] {length}, new long[] {1}, offset, 'c');
  }

  private DoubleBuffer doubles(long offset, int length) {
    return new DoublePointer((DoublePointer) buffer.addressPointer())
        .position(offset)
        .limit(offset + length)
        .asBuffer();
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

  @Override
  public void close() {
    buffer.close();
    if (memory != null) {
      memory.clean();
    }
  }
}
