package io.github.cola4j.nn.kernels.cuda.device;

import static io.github.cola4j.nn.kernels.cuda.device.CudaCalls.checkCompiler;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** Compiles the {@code .cu} resources by NVRTC. Needs no device. */
public final class CudaCompiler {
  private CudaCompiler() {}

  /**
   * What kernels are compiled for.
   *
   * @param number of the compute capability: 90 for 9.0
   * @param isExact machine code of that number; else PTX, which the driver compiles for a newer
   *     device
   */
  public record Target(int number, boolean isExact) {
    /** For a device: its own, or the newest that this NVRTC knows. */
    static Target of(int device, int[] known) {
      int newest = Arrays.stream(known).filter(number -> number <= device).max().orElse(-1);
      if (newest < 0) {
        throw new IllegalArgumentException(
            "compute capability "
                + device / 10.0
                + " is too old: CUDA "
                + version()
                + " compiles for "
                + Arrays.stream(known).min().orElse(0) / 10.0
                + " and newer");
      }
      return new Target(newest, newest == device);
    }

    /** NVRTC's option. */
    String option() {
      return "--gpu-architecture=" + (isExact ? "sm_" : "compute_") + number;
    }
  }

  /** NVRTC's version, such as 13.0. */
  static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    checkCompiler(nvrtc.nvrtcVersion(major, minor), "nvrtcVersion");
    return major[0] + "." + minor[0];
  }

  /** The compute capabilities that NVRTC knows: 90 for 9.0. */
  static int[] known() {
    int[] count = new int[1];
    checkCompiler(nvrtc.nvrtcGetNumSupportedArchs(count), "nvrtcGetNumSupportedArchs");
    int[] known = new int[count[0]];
    checkCompiler(nvrtc.nvrtcGetSupportedArchs(known), "nvrtcGetSupportedArchs");
    return known;
  }

  /**
   * A compiled text.
   *
   * @param code machine code or PTX
   * @param log of machine code: the registers, shared memory and spills of each kernel
   */
  public record Compiled(byte[] code, String log) {}

  /**
   * Compiles a text to machine code, or to PTX if the target is not exact.
   *
   * @param name for messages
   */
  public static Compiled compile(String name, String text, Target target) {
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer source = terminated(text);
        BytePointer file = terminated(name + ".cu")) {
      checkCompiler(
          nvrtc.nvrtcCreateProgram(
              program, source, file, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "nvrtcCreateProgram");
      try {
        return compile(name, program, target);
      } finally {
        checkCompiler(nvrtc.nvrtcDestroyProgram(program), "nvrtcDestroyProgram");
      }
    }
  }

  private static Compiled compile(String name, _nvrtcProgram program, Target target) {
    // the kernels' generic lambdas have no word that makes them the device's
    List<String> options =
        List.of(
            target.option(),
            "--std=c++17",
            "--device-as-default-execution-space",
            "--ptxas-options=-v");
    BytePointer[] words =
        options.stream().map(CudaCompiler::terminated).toArray(BytePointer[]::new);
    int result;
    try (PointerPointer<BytePointer> pointers = new PointerPointer<>(words)) {
      result = nvrtc.nvrtcCompileProgram(program, words.length, pointers);
    } finally {
      for (BytePointer word : words) {
        word.close();
      }
    }
    if (result != nvrtc.NVRTC_SUCCESS) {
      throw new IllegalStateException(
          "CUDA: nvrtcCompileProgram failed for "
              + name
              + ".cu with "
              + options
              + ": "
              + nvrtc.nvrtcGetErrorString(result).getString()
              + "\n"
              + log(program));
    }
    return new Compiled(target.isExact() ? machineCode(program) : ptx(program), log(program));
  }

  private static byte[] machineCode(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      checkCompiler(nvrtc.nvrtcGetCUBINSize(program, size), "nvrtcGetCUBINSize");
      byte[] code = new byte[Math.toIntExact(size.get())];
      checkCompiler(nvrtc.nvrtcGetCUBIN(program, code), "nvrtcGetCUBIN");
      return code;
    }
  }

  private static byte[] ptx(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      checkCompiler(nvrtc.nvrtcGetPTXSize(program, size), "nvrtcGetPTXSize");
      byte[] code = new byte[Math.toIntExact(size.get())]; // with the 0 at its end
      checkCompiler(nvrtc.nvrtcGetPTX(program, code), "nvrtcGetPTX");
      return code;
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      checkCompiler(nvrtc.nvrtcGetProgramLogSize(program, size), "nvrtcGetProgramLogSize");
      byte[] log = new byte[Math.toIntExact(size.get())];
      checkCompiler(nvrtc.nvrtcGetProgramLog(program, log), "nvrtcGetProgramLog");
      return new String(log, StandardCharsets.UTF_8).strip();
    }
  }

  private static BytePointer terminated(String text) {
    return new BytePointer(text, StandardCharsets.UTF_8);
  }
}
