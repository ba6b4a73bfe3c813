package io.github.cola4j.nn.kernels.cuda;

import com.sun.jna.Function;
import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A GPU that the processor plays: kernels as {@link Emulator} compiled them, one launch at a time,
 * products by a plain loop in float64. Memory is NaN at first, and a page that nobody may touch
 * follows it.
 */
final class EmulatedGpu implements Gpu {
  private static final Object LAUNCH = new Object();
  private static final long MEMORY = 1L << 36; // that the emulator gives at most

  private final int order;
  private final Map<Long, Long> lengths = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> calls = new ConcurrentHashMap<>();

  /**
   * A device.
   *
   * @param order 0 runs the first thread of a block first, 1 the last
   */
  EmulatedGpu(int order) {
    this.order = order;
  }

  /** How often kernels were launched, by their names, and {@code gemm}, {@code transfer}. */
  Map<String, Long> calls() {
    Map<String, Long> sums = new TreeMap<>();
    calls.forEach((name, count) -> sums.put(name, count.sum()));
    return sums;
  }

  private void count(String name) {
    calls.computeIfAbsent(name, key -> new LongAdder()).increment();
  }

  @Override
  public String description() {
    return "emulated GPU";
  }

  @Override
  public DeviceUse use() {
    long bytes = lengths.values().stream().mapToLong(Long::longValue).sum();
    return new DeviceUse(bytes, MEMORY, null);
  }

  private static Function function(String name) {
    return Emulator.library().getFunction("emulated_" + name);
  }

  @Override
  public long allocate(long bytes) {
    long some = Math.max(1, bytes);
    long address = function("allocate").invokeLong(new Object[] {some});
    if (address == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "cannot allocate %,d bytes of emulated memory; make smaller steps",
              bytes));
    }
    lengths.put(address, some);
    return address;
  }

  @Override
  public void free(long address) {
    Long bytes = lengths.remove(address);
    if (bytes == null) {
      throw new IllegalStateException("freed twice, or never allocated: " + address);
    }
    function("free").invokeVoid(new Object[] {address, bytes});
  }

  @Override
  public Pointer allocateHost(long bytes) {
    BytePointer host = new BytePointer(bytes);
    Pointer.memset(host, 0, bytes);
    return host;
  }

  @Override
  public void freeHost(Pointer host) {
    host.close();
  }

  @Override
  public void write(long address, Pointer host, long bytes) {
    count("transfer");
    function("copy").invokeVoid(new Object[] {address, address(host), bytes});
  }

  @Override
  public void enqueueWrite(long address, Pointer host, long bytes) {
    write(address, host, bytes);
  }

  @Override
  public void read(long address, Pointer host, long bytes) {
    count("transfer");
    function("copy").invokeVoid(new Object[] {address(host), address, bytes});
  }

  private static long address(Pointer host) {
    return host.address() + host.position() * host.sizeof();
  }

  @Override
  public void clear(long address, long bytes) {
    function("clear").invokeVoid(new Object[] {address, bytes});
  }

  @Override
  public void launch(
      String kernel, int gridX, int gridY, int threads, int sharedBytes, long... arguments) {
    synchronized (LAUNCH) {
      count(kernel);
      Object[] all = {
        kernel, order, gridX, gridY, threads, sharedBytes, arguments.length, arguments
      };
      String wrong = function("launch").invokeString(all, false);
      if (wrong != null) {
        throw new IllegalStateException(wrong);
      }
    }
  }

  @Override
  public void gemm(
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
      int ldc) {
    count("gemm");
    Object[] all = {
      type == GemmType.BFLOAT16 ? 1 : 0,
      transposeA ? 1 : 0,
      transposeB ? 1 : 0,
      m,
      n,
      k,
      alpha,
      a,
      (long) lda,
      b,
      (long) ldb,
      beta,
      c,
      (long) ldc
    };
    function("gemm").invokeVoid(all);
  }

  @Override
  public void synchronize() {}

  @Override
  public void synchronizeAll() {}
}
