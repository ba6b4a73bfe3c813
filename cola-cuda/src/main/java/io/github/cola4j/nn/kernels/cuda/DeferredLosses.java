package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Losses of columns that stay on the device until their sums are asked for: those of many calls are
 * read by one copy. Belongs to one thread.
 */
final class DeferredLosses {
  private static final int CAPACITY = 1 << 20;

  private final Gpu gpu;
  private final Scratch scratch;
  private Group open; // null for none
  private int capacity = CAPACITY;

  DeferredLosses(Gpu gpu) {
    this.gpu = gpu;
    this.scratch = new Scratch(gpu);
  }

  /** Losses in the device's memory that no call has overwritten, or what was read of them. */
  private final class Group {
    private int used;
    private float[] read; // null until they are read

    float[] elements() {
      if (read == null) {
        read = new float[used];
        try (FloatPointer host = new FloatPointer(Math.max(1, used))) {
          gpu.read(address(), host, (long) used * Float.BYTES);
          host.get(read);
        }
      }
      return read;
    }
  }

  /**
   * Room for the losses of some columns.
   *
   * @param kernel writes a float32 each from an address on
   * @return their sum
   */
  DoubleSupplier add(int columns, LongConsumer kernel) {
    if (open != null && open.read == null && open.used + (long) columns > capacity) {
      open.elements();
    }
    if (open == null || open.read != null) {
      capacity = Math.max(capacity, columns);
      open = new Group();
    }
    Group group = open;
    int from = group.used;
    group.used += columns;
    kernel.accept(address() + (long) from * Float.BYTES);
    return () -> sum(group.elements(), from, from + columns);
  }

  private long address() {
    return scratch.atLeast((long) capacity * Float.BYTES);
  }

  private static double sum(float[] losses, int from, int to) {
    double sum = 0;
    for (int t = from; t < to; t++) {
      sum += losses[t];
    }
    return sum;
  }
}
