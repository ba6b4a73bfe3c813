package io.github.cola4j.nn.kernels.nd4j;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.lang.ref.Cleaner;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large memory of the CPU for an ND4J buffer. It starts at a page of 2 MiB, and Linux is asked to
 * take such pages for it: a step writes activations once and reads them once, far apart, so that
 * with pages of 4 KiB a product in bfloat16 waits for their addresses as long as it multiplies. The
 * start is a cache line's too, as registers of 64 bytes want it. Where the system does not give
 * large pages, nothing else changes.
 *
 * @param buffer float32 or float64 with undefined elements
 * @param free gives the memory back, when {@code buffer} is unreachable at the latest
 */
record HostMemory(DataBuffer buffer, Cleaner.Cleanable free) {
  private static final Logger LOG = LoggerFactory.getLogger(HostMemory.class);

  private static final Cleaner CLEANER = Cleaner.create();

  private static final long PAGE = 1 << 21;

  /** Bytes from which on memory is worth it. */
  static final long LARGE = 2 * PAGE;

  /** Linux's MADV_HUGEPAGE. */
  private static final int LARGE_PAGES = 14;

  private static final Function ADVISE = advise();

  private static Function advise() {
    if (!Platform.isLinux()) {
      return null;
    }
    try {
      return NativeLibrary.getInstance("c").getFunction("madvise");
    } catch (LinkageError | RuntimeException e) {
      LOG.debug("no large pages", e);
      return null;
    }
  }

  /** Memory, or null if the system has none. */
  static HostMemory allocate(DataType type, long length) {
    long bytes = length * type.width();
    Pointer block = Pointer.malloc(bytes + PAGE);
    if (block == null || block.isNull()) {
      return null;
    }
    long shift = Math.floorMod(-block.address(), PAGE);
    Pointer start = block.getPointer(shift).capacity(bytes);
    if (ADVISE != null) {
      int refused =
          ADVISE.invokeInt(new Object[] {start.address(), bytes / PAGE * PAGE, LARGE_PAGES});
      LOG.debug("large pages for {} bytes {}", bytes, refused == 0 ? "asked for" : "refused");
    }
    DataBuffer buffer =
        type == DataType.FLOAT
            ? over(new FloatPointer(start), length)
            : over(new DoublePointer(start), length);
    return new HostMemory(buffer, CLEANER.register(buffer, () -> Pointer.free(block)));
  }

  private static DataBuffer over(FloatPointer memory, long length) {
    return Nd4j.createBuffer(memory, DataType.FLOAT, length, FloatIndexer.create(memory));
  }

  private static DataBuffer over(DoublePointer memory, long length) {
    return Nd4j.createBuffer(memory, DataType.DOUBLE, length, DoubleIndexer.create(memory));
  }
}
