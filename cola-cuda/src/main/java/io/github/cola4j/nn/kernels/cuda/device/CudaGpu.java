package io.github.cola4j.nn.kernels.cuda.device;

import static io.github.cola4j.nn.kernels.cuda.device.CudaCalls.check;
import static io.github.cola4j.nn.kernels.cuda.device.CudaCalls.checkDriver;

import io.github.cola4j.nn.DeviceUse;
import java.lang.ref.Cleaner;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/** A device of CUDA's: its primary context, a stream and a cuBLAS handle for each thread. */
final class CudaGpu implements Gpu {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Shared memory that every kernel may have without asking for more. */
  private static final int SHARED = 48 << 10;

  /** How often the collector is asked for unused memory before an allocation fails. */
  private static final int ATTEMPTS = 3;

  /** The device that CUDA's runtime has for the calling thread; −1 before the first. */
  private static final ThreadLocal<int[]> BOUND = ThreadLocal.withInitial(() -> new int[] {-1});

  private final int device;
  private final String description;
  private final UtilizationMeter meter;
  private final Map<String, Kernel> kernels;
  private final ThreadLocal<CudaThread> threads = ThreadLocal.withInitial(this::thread);

  /** A kernel, and how much dynamic shared memory it may have. */
  private record Kernel(CUfunc_st function, AtomicInteger shared) {

    /** Two threads that ask for different sizes must end with the larger one. */
    synchronized void raise(String name, int bytes) {
      if (bytes > shared.get()) {
        checkDriver(
            cudart.cuFuncSetAttribute(
                function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
            "cuFuncSetAttribute of " + name + ", " + bytes + " bytes of shared memory,");
        shared.set(bytes);
      }
    }
  }

  /** Opens a device and loads the kernels, which are compiled if they were not yet. */
  CudaGpu(int device) {
    this.device = device;
    bind();
    check(cudart.cudaFree(null), "cudaFree, which makes the context,");
    this.description = CudaDevices.describe(device);
    this.meter = new UtilizationMeter(CudaDevices.busId(device));
    this.kernels = load(CudaBinaries.of(CudaDevices.target(device)));
  }

  /** Makes the calling thread's calls go to this device. */
  private void bind() {
    int[] bound = BOUND.get();
    if (bound[0] != device) {
      check(cudart.cudaSetDevice(device), "cudaSetDevice");
      bound[0] = device;
    }
  }

  private CudaThread thread() {
    CudaThread made = new CudaThread();
    Runnable closer = made.closer();
    CLEANER.register(
        made,
        () -> {
          bind();
          closer.run();
        });
    return made;
  }

  private CudaThread current() {
    bind();
    return threads.get();
  }

  private static Map<String, Kernel> load(Map<String, byte[]> binaries) {
    Map<String, Kernel> kernels = new HashMap<>();
    binaries.forEach(
        (file, code) -> {
          CUmod_st module = new CUmod_st();
          try (BytePointer image = new BytePointer(code)) {
            checkDriver(cudart.cuModuleLoadData(module, image), "cuModuleLoadData of " + file);
          }
          for (String name : CudaSources.kernels(CudaSources.text(file))) {
            CUfunc_st function = new CUfunc_st();
            checkDriver(
                cudart.cuModuleGetFunction(function, module, name),
                "cuModuleGetFunction of " + name);
            kernels.put(name, new Kernel(function, new AtomicInteger(SHARED)));
          }
        });
    return Map.copyOf(kernels);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public DeviceUse use() {
    bind();
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      check(cudart.cudaMemGetInfo(free, total), "cudaMemGetInfo");
      return new DeviceUse(total.get() - free.get(), total.get(), meter.busy());
    }
  }

  @Override
  public long allocate(long bytes) {
    bind();
    int error = cudart.cudaSuccess;
    for (int i = 0; i < ATTEMPTS; i++) {
      try (Pointer made = new Pointer()) {
        error = cudart.cudaMalloc(made, Math.max(1, bytes));
        if (error == cudart.cudaSuccess) {
          return made.address();
        }
      }
      int reported = cudart.cudaGetLastError(); // or the next call would report it again
      if (error != cudart.cudaErrorMemoryAllocation || reported != error) {
        break;
      }
      collect();
    }
    if (error != cudart.cudaErrorMemoryAllocation) {
      check(error, "cudaMalloc of " + bytes + " bytes");
    }
    throw noMemory(bytes);
  }

  /** Unused matrices free their memory when the collector has found them. */
  private static void collect() {
    System.gc();
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private IllegalArgumentException noMemory(long bytes) {
    DeviceUse use = use();
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "cannot allocate %,d bytes on the GPU (%s), %,d of %,d are free; train with smaller"
                + " steps (training.maxTokens, training.recompute), keep the weights smaller"
                + " (quantize), or let fewer tasks share the GPU"
                + " (spark.task.resource.gpu.amount)",
            bytes,
            description,
            use.totalBytes() - use.bytes(),
            use.totalBytes()));
  }

  @Override
  public void free(long address) {
    bind();
    check(cudart.cudaFree(new Address(address)), "cudaFree");
  }

  @Override
  public Pointer allocateHost(long bytes) {
    bind();
    Pointer host = new Pointer();
    check(cudart.cudaHostAlloc(host, bytes, cudart.cudaHostAllocDefault), "cudaHostAlloc");
    Pointer.memset(host, 0, bytes);
    return host;
  }

  @Override
  public void freeHost(Pointer host) {
    bind();
    check(cudart.cudaFreeHost(host), "cudaFreeHost");
  }

  @Override
  public void write(long address, Pointer host, long bytes) {
    CudaThread thread = current();
    thread.copyToDevice(address, host, bytes);
    thread.synchronize();
  }

  @Override
  public void enqueueWrite(long address, Pointer host, long bytes) {
    current().copyToDevice(address, host, bytes);
  }

  @Override
  public void read(long address, Pointer host, long bytes) {
    CudaThread thread = current();
    thread.copyToHost(address, host, bytes);
    thread.synchronize();
  }

  @Override
  public void clear(long address, long bytes) {
    current().clear(address, bytes);
  }

  @Override
  public void launch(
      String kernel, int gridX, int gridY, int threads, int sharedBytes, long... arguments) {
    if (gridX == 0 || gridY == 0) {
      return;
    }
    Kernel found = kernels.get(kernel);
    if (found == null) {
      throw new IllegalArgumentException(
          "expected a kernel of " + kernels.keySet() + ", got " + kernel);
    }
    CudaThread thread = current();
    if (sharedBytes > found.shared.get()) {
      found.raise(kernel, sharedBytes);
    }
    thread.launch(kernel, found.function, gridX, gridY, threads, sharedBytes, arguments);
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
    current().gemm(type, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }

  @Override
  public void synchronize() {
    current().synchronize();
  }

  @Override
  public void synchronizeAll() {
    bind();
    check(cudart.cudaDeviceSynchronize(), "cudaDeviceSynchronize");
  }
}
