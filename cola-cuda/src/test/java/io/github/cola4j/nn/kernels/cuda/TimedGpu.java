package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.DeviceUse;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.Pointer;

/**
 * A device whose calls are waited for, one at a time, and timed: where a step's time goes. A time
 * has what a launch and a wait take, some microseconds.
 */
final class TimedGpu implements Gpu {
  private static final Map<String, Time> TIMES = new TreeMap<>();

  private final Gpu gpu;

  /** Seconds of some calls. */
  private static final class Time {
    private int calls;
    private double seconds;
  }

  TimedGpu(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Forgets all. */
  static synchronized void reset() {
    TIMES.clear();
  }

  /** Calls and seconds by what was called, the longest first. */
  static synchronized Map<String, double[]> times() {
    Map<String, double[]> sorted = new LinkedHashMap<>();
    TIMES.entrySet().stream()
        .sorted(Comparator.comparingDouble(entry -> -entry.getValue().seconds))
        .forEach(
            entry ->
                sorted.put(
                    entry.getKey(),
                    new double[] {entry.getValue().calls, entry.getValue().seconds}));
    return sorted;
  }

  private void time(String what, Runnable call) {
    gpu.synchronize();
    long start = System.nanoTime();
    call.run();
    gpu.synchronize();
    double seconds = (System.nanoTime() - start) / 1e9;
    synchronized (TimedGpu.class) {
      Time time = TIMES.computeIfAbsent(what, key -> new Time());
      time.calls++;
      time.seconds += seconds;
    }
  }

  @Override
  public String description() {
    return gpu.description();
  }

  @Override
  public DeviceUse use() {
    return gpu.use();
  }

  @Override
  public long allocate(long bytes) {
    long[] address = new long[1];
    time("allocate", () -> address[0] = gpu.allocate(bytes));
    return address[0];
  }

  @Override
  public void free(long address) {
    gpu.free(address);
  }

  @Override
  public Pointer allocateHost(long bytes) {
    return gpu.allocateHost(bytes);
  }

  @Override
  public void freeHost(Pointer host) {
    gpu.freeHost(host);
  }

  @Override
  public void write(long address, Pointer host, long bytes) {
    time("copy to the device", () -> gpu.write(address, host, bytes));
  }

  @Override
  public void enqueueWrite(long address, Pointer host, long bytes) {
    time("copy of indices", () -> gpu.enqueueWrite(address, host, bytes));
  }

  @Override
  public void read(long address, Pointer host, long bytes) {
    time("copy to the host", () -> gpu.read(address, host, bytes));
  }

  @Override
  public void clear(long address, long bytes) {
    time("clear", () -> gpu.clear(address, bytes));
  }

  @Override
  public void launch(
      String kernel, int gridX, int gridY, int threads, int sharedBytes, long... arguments) {
    time(kernel, () -> gpu.launch(kernel, gridX, gridY, threads, sharedBytes, arguments));
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
    boolean isThin = Math.min(m, Math.min(n, k)) <= 64;
    time(
        "gemm " + type + (isThin ? ", low rank" : ""),
        () -> gpu.gemm(type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc));
  }

  @Override
  public void synchronize() {
    gpu.synchronize();
  }

  @Override
  public void synchronizeAll() {
    gpu.synchronizeAll();
  }
}
