package io.github.cola4j.nn.kernels.cuda.device;

import com.sun.jna.NativeLibrary;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.Loader;

/** The devices of this machine as CUDA numbers them, or why there is none. Asked once a JVM. */
public final class CudaDevices {
  /** What the bindings need, each after those that it needs itself. */
  private static final String[] LIBRARIES = {
    "libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libnvrtc.so.13"
  };

  private static final ConcurrentHashMap<Integer, CudaGpu> OPEN = new ConcurrentHashMap<>();

  private CudaDevices() {}

  /** Loaded when it is asked for. */
  private static final class Found {
    private static final String UNAVAILABLE;
    private static final int COUNT;

    static {
      int[] count = new int[1];
      String reason = missing();
      if (reason == null) {
        reason = counted(count);
      }
      UNAVAILABLE = reason;
      COUNT = reason == null ? count[0] : 0;
    }
  }

  /** Why no device can be computed with, in one line; null if one can. */
  public static String unavailable() {
    return Found.UNAVAILABLE;
  }

  /** How many devices CUDA sees; 0 if none can be computed with. */
  public static int count() {
    return Found.COUNT;
  }

  /**
   * A device, opened at the first call.
   *
   * @param number CUDA's
   */
  public static Gpu get(int number) {
    if (number < 0 || number >= count()) {
      throw new IllegalArgumentException(
          "expected the number of one of CUDA's "
              + count()
              + " devices, got "
              + number
              + "; see CUDA_VISIBLE_DEVICES");
    }
    return OPEN.computeIfAbsent(number, CudaGpu::new);
  }

  /** Which library is missing. A look without CUDA's bindings, which load what they find. */
  private static String missing() {
    if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
      return "CUDA kernels run on Linux, this is " + System.getProperty("os.name");
    }
    try {
      NativeLibrary.getInstance("libcuda.so.1");
    } catch (LinkageError e) {
      return "there is no libcuda.so.1: install NVIDIA's driver, or give the container the GPU";
    }
    for (String library : LIBRARIES) {
      try {
        NativeLibrary.getInstance(library);
      } catch (LinkageError e) {
        return library
            + " of CUDA 13 is missing or cannot be loaded; install CUDA 13's libraries and name"
            + " their folder in LD_LIBRARY_PATH ("
            + firstLine(e)
            + ")";
      }
    }
    return null;
  }

  private static String counted(int[] count) {
    try {
      Loader.load(cudart.class);
      Loader.load(cublas.class);
      Loader.load(nvrtc.class);
      int error = cudart.cudaGetDeviceCount(count);
      if (error != cudart.cudaSuccess || count[0] == 0) {
        return "CUDA finds no device: "
            + (error == cudart.cudaSuccess ? "there is none" : CudaCalls.describe(error));
      }
      CudaBinaries.of(target(0));
      return null;
    } catch (LinkageError e) {
      return "CUDA's libraries cannot be loaded: " + firstLine(e);
    } catch (RuntimeException e) { // a reason like any other: the CPU computes then
      return firstLine(e);
    }
  }

  /** What a device's kernels are compiled for. */
  public static CudaCompiler.Target target(int device) {
    int number = 10 * capability(device, true) + capability(device, false);
    return CudaCompiler.Target.of(number, CudaCompiler.known());
  }

  /** The number before or after the dot of a device's compute capability. */
  public static int capability(int device, boolean major) {
    int[] value = new int[1];
    int attribute =
        major ? cudart.cudaDevAttrComputeCapabilityMajor : cudart.cudaDevAttrComputeCapabilityMinor;
    CudaCalls.check(
        cudart.cudaDeviceGetAttribute(value, attribute, device), "cudaDeviceGetAttribute");
    return value[0];
  }

  /** A device's name and compute capability. */
  public static String describe(int device) {
    byte[] name = new byte[256];
    int[] handle = new int[1];
    CudaCalls.checkDriver(cudart.cuDeviceGet(handle, device), "cuDeviceGet");
    CudaCalls.checkDriver(cudart.cuDeviceGetName(name, name.length, handle[0]), "cuDeviceGetName");
    return text(name)
        + ", compute capability "
        + capability(device, true)
        + "."
        + capability(device, false);
  }

  /** Where a device is on the PCI bus, {@code 0000:3B:00.0}: its name for other libraries too. */
  static String busId(int device) {
    byte[] id = new byte[32];
    CudaCalls.check(cudart.cudaDeviceGetPCIBusId(id, id.length, device), "cudaDeviceGetPCIBusId");
    return text(id);
  }

  /** A string that ends before the first 0. */
  private static String text(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** The versions of CUDA that the driver and the runtime have, and NVRTC's. */
  public static String versions() {
    int[] driver = new int[1];
    int[] runtime = new int[1];
    CudaCalls.check(cudart.cudaDriverGetVersion(driver), "cudaDriverGetVersion");
    CudaCalls.check(cudart.cudaRuntimeGetVersion(runtime), "cudaRuntimeGetVersion");
    return "CUDA "
        + dotted(runtime[0])
        + ", driver for CUDA "
        + dotted(driver[0])
        + ", NVRTC "
        + CudaCompiler.version();
  }

  private static String dotted(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.toString() : message.lines().findFirst().orElse(e.toString());
  }
}
