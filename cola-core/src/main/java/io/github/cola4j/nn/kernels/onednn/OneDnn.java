package io.github.cola4j.nn.kernels.onednn;

import java.util.Locale;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The library in this JVM: whether it can be used, its engine, and its threads. */
public final class OneDnn {
  private static final Logger LOG = LoggerFactory.getLogger(OneDnn.class);

  /** By the bits of {@code dnnl_cpu_isa_t}, best first. */
  private static final Map<Integer, String> NAMES =
      Map.of(
          dnnl.dnnl_cpu_isa_avx2, "AVX2",
          dnnl.dnnl_cpu_isa_avx2_vnni, "AVX2 with VNNI",
          dnnl.dnnl_cpu_isa_avx512_core, "AVX-512",
          dnnl.dnnl_cpu_isa_avx512_core_vnni, "AVX-512 with VNNI",
          dnnl.dnnl_cpu_isa_avx512_core_bf16, "AVX-512 with bfloat16",
          dnnl.dnnl_cpu_isa_avx10_1_512, "AVX-512 with float16",
          dnnl.dnnl_cpu_isa_avx10_1_512_amx, "AVX-512 with AMX");

  /** Set once, when the class is loaded: null, or why there is none. */
  private static final String UNAVAILABLE;

  private static final dnnl_engine ENGINE = new dnnl_engine();

  private static volatile int threads; // 0: as OMP_NUM_THREADS says
  private static final ThreadLocal<int[]> APPLIED = ThreadLocal.withInitial(() -> new int[1]);

  static {
    String problem = null;
    try {
      Nd4j.getBackend(); // first, since its OpenMP is both's: the one jar has no other
      Loader.load(dnnl.class);
      check(dnnl.dnnl_engine_create(ENGINE, dnnl.dnnl_cpu, 0), "dnnl_engine_create");
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | IllegalStateException e) {
      problem = "oneDNN cannot be loaded: " + e.getMessage();
      LOG.warn("{}; OpenBLAS multiplies instead, which is slower", problem);
    }
    UNAVAILABLE = problem;
  }

  private OneDnn() {}

  /** Why it cannot be used in this JVM, in a line; null if it can. */
  public static String unavailable() {
    return UNAVAILABLE;
  }

  /** Version and instruction set, for reports: {@code oneDNN 3.11.0, AVX-512 with AMX}. */
  public static String description() {
    if (UNAVAILABLE != null) {
      return UNAVAILABLE;
    }
    dnnl_version_t version = dnnl.dnnl_version();
    int isa = dnnl.dnnl_get_effective_cpu_isa();
    return String.format(
        Locale.ROOT,
        "oneDNN %d.%d.%d, %s",
        version.major(),
        version.minor(),
        version.patch(),
        NAMES.getOrDefault(isa, "instruction set " + Integer.toHexString(isa)));
  }

  /** Whether the processor multiplies bfloat16 faster than float32. */
  public static boolean multipliesBfloat16() {
    int isa = UNAVAILABLE == null ? dnnl.dnnl_get_effective_cpu_isa() : 0;
    int bfloat16 = dnnl.dnnl_cpu_isa_avx512_core_bf16;
    return (isa & bfloat16) == bfloat16;
  }

  /** Limits the threads of a multiplication in this JVM, in threads that compute from now on. */
  public static void limitThreads(int limit) {
    threads = limit;
  }

  /** OpenMP's limit is one of each thread: set it in the thread that computes. */
  static void applyThreads() {
    int limit = threads;
    int[] applied = APPLIED.get();
    if (applied[0] != limit) {
      applied[0] = limit;
      NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(limit);
    }
  }

  static dnnl_engine engine() {
    return ENGINE;
  }

  static dnnl_stream newStream() {
    dnnl_stream stream = new dnnl_stream();
    check(
        dnnl.dnnl_stream_create(stream, ENGINE, dnnl.dnnl_stream_default_flags),
        "dnnl_stream_create");
    return stream;
  }

  /** Turns a status into an exception. */
  static void check(int status, String what) {
    if (status == dnnl.dnnl_out_of_memory) {
      throw new OutOfMemoryError("oneDNN has no memory for " + what);
    }
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("oneDNN: " + what + " failed with status " + status);
    }
  }
}
