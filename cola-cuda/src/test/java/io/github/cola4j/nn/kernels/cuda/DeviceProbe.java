package io.github.cola4j.nn.kernels.cuda;

import io.github.cola4j.nn.kernels.cuda.device.CudaCompiler;
import io.github.cola4j.nn.kernels.cuda.device.CudaDevices;
import io.github.cola4j.nn.kernels.cuda.device.CudaSources;
import io.github.cola4j.nn.kernels.cuda.device.GemmType;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import io.github.cola4j.nn.stored.Halves;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** What a check of a machine looks at below the kernels: compilation, products, copies, memory. */
public final class DeviceProbe {
  private final Gpu gpu;

  private DeviceProbe() {
    this.gpu = CudaDevices.get(0);
  }

  /**
   * Device 0.
   *
   * @throws IllegalStateException if there is none, with the reason
   */
  public static DeviceProbe open() {
    String reason = CudaDevices.unavailable();
    if (reason != null) {
      throw new IllegalStateException(reason);
    }
    return new DeviceProbe();
  }

  /** The device, and the versions of CUDA's libraries. */
  public String description() {
    return gpu.description() + ", " + CudaDevices.versions();
  }

  /** Why no device can be computed with; null if one can. */
  public static String unavailable() {
    return CudaDevices.unavailable();
  }

  /** The names of the {@code .cu} resources. */
  public static List<String> sources() {
    return CudaSources.names();
  }

  /** Compiles a resource for device 0, whatever the cache has; the registers of each kernel. */
  public static String compile(String source) {
    return CudaCompiler.compile(source, CudaSources.text(source), CudaDevices.target(0)).log();
  }

  /** Bytes of the device that are free, and all. */
  public static long[] memory() {
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      int error = cudart.cudaMemGetInfo(free, total);
      if (error != cudart.cudaSuccess) {
        throw new IllegalStateException("cudaMemGetInfo failed: " + error);
      }
      return new long[] {free.get(), total.get()};
    }
  }

  /** Waits for everything; fails if an earlier kernel did. */
  public void synchronize() {
    gpu.synchronizeAll();
  }

  /**
   * A product op(A) op(B) of random matrices.
   *
   * @param type FLOAT32, TF32 or BFLOAT16
   */
  public record Product(String type, boolean transposeA, boolean transposeB, int m, int n, int k) {
    private GemmType gemm() {
      return GemmType.valueOf(type);
    }

    private int lda() {
      return transposeA ? k : m;
    }

    private int ldb() {
      return transposeB ? n : k;
    }
  }

  /** Seconds of a product, the mean of as many as take some seconds. */
  public double seconds(Product product, double forSeconds) {
    long a = random(product.gemm(), (long) product.m * product.k, null);
    long b = random(product.gemm(), (long) product.k * product.n, null);
    long c = gpu.allocate((long) Float.BYTES * product.m * product.n);
    try {
      for (int i = 0; i < 3; i++) {
        multiply(product, a, b, c);
      }
      gpu.synchronize();
      int count = 0;
      long start = System.nanoTime();
      double passed = 0;
      for (int some = 1; passed < forSeconds; some = Math.min(64, 2 * some)) {
        for (int i = 0; i < some; i++) {
          multiply(product, a, b, c);
        }
        gpu.synchronize();
        count += some;
        passed = (System.nanoTime() - start) / 1e9;
      }
      return passed / count;
    } finally {
      gpu.free(a);
      gpu.free(b);
      gpu.free(c);
    }
  }

  /** The largest error of a product's elements, relative to the largest, against float64. */
  public double error(Product product) {
    float[] left = new float[product.m * product.k];
    float[] right = new float[product.k * product.n];
    long a = random(product.gemm(), left.length, left);
    long b = random(product.gemm(), right.length, right);
    long bytes = (long) Float.BYTES * product.m * product.n;
    long c = gpu.allocate(bytes);
    try (FloatPointer host = new FloatPointer((long) product.m * product.n)) {
      multiply(product, a, b, c);
      gpu.read(c, host, bytes);
      double difference = 0;
      double largest = 0;
      for (int j = 0; j < product.n; j++) {
        for (int i = 0; i < product.m; i++) {
          double sum = 0;
          for (int l = 0; l < product.k; l++) {
            sum +=
                (double) left[product.transposeA ? l + i * product.k : i + l * product.m]
                    * right[product.transposeB ? j + l * product.n : l + j * product.k];
          }
          double error = Math.abs(host.get(i + (long) j * product.m) - sum);
          difference = Double.isNaN(error) ? Double.NaN : Math.max(difference, error);
          largest = Math.max(largest, Math.abs(sum));
        }
      }
      return difference / largest;
    } finally {
      gpu.free(a);
      gpu.free(b);
      gpu.free(c);
    }
  }

  private void multiply(Product product, long a, long b, long c) {
    gpu.gemm(
        product.gemm(),
        product.transposeA,
        product.transposeB,
        product.m,
        product.n,
        product.k,
        1,
        a,
        product.lda(),
        b,
        product.ldb(),
        0,
        c,
        product.m);
  }

  /** Gigabytes a second of copies from the host, to the host, from memory that is not pinned. */
  public double[] copyRates(long bytes) {
    long device = gpu.allocate(bytes);
    try (Pointer host = new FloatPointer(bytes / Float.BYTES)) {
      gpu.write(device, host, bytes);
      gpu.read(device, host, bytes);
      long start = System.nanoTime();
      gpu.write(device, host, bytes);
      double to = (System.nanoTime() - start) / 1e9;
      start = System.nanoTime();
      gpu.read(device, host, bytes);
      double from = (System.nanoTime() - start) / 1e9;
      return new double[] {bytes / 1e9 / to, bytes / 1e9 / from};
    } finally {
      gpu.free(device);
    }
  }

  /** Random elements on the device: a piece of them again and again. */
  private long random(GemmType type, long count, float[] kept) {
    int piece = (int) Math.min(count, 1 << 20);
    Random random = new Random(piece);
    float[] values = new float[piece];
    short[] shorts = new short[piece];
    for (int i = 0; i < piece; i++) {
      float value = (float) random.nextGaussian();
      shorts[i] = Halves.toBfloat16(value);
      values[i] = type == GemmType.BFLOAT16 ? Halves.fromBfloat16(shorts[i]) : value;
    }
    int width = type == GemmType.BFLOAT16 ? Short.BYTES : Float.BYTES;
    long address = gpu.allocate(count * width);
    try (Pointer host =
        type == GemmType.BFLOAT16 ? new ShortPointer(shorts) : new FloatPointer(values)) {
      for (long done = 0; done < count; done += piece) {
        int some = (int) Math.min(piece, count - done);
        gpu.write(address + done * width, host, (long) some * width);
        if (kept != null) {
          System.arraycopy(values, 0, kept, (int) done, some);
        }
      }
    }
    return address;
  }
}
