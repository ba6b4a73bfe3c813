package io.github.cola4j.nn.kernels.cuda.device;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Looks at what each call of CUDA's libraries returned. */
final class CudaCalls {
  private CudaCalls() {}

  /** Of the runtime, libcudart. */
  static void check(int error, String call) {
    if (error != cudart.cudaSuccess) {
      throw failed(call, describe(error), error);
    }
  }

  /** The runtime's own words for an error. */
  static String describe(int error) {
    return text(cudart.cudaGetErrorString(error));
  }

  /** Of the driver, libcuda. */
  static void checkDriver(int error, String call) {
    if (error != cudart.CUDA_SUCCESS) {
      String words = "no description";
      try (PointerPointer<BytePointer> found = new PointerPointer<>(1)) {
        if (cudart.cuGetErrorString(error, found) == cudart.CUDA_SUCCESS) {
          words = text(found.get(BytePointer.class, 0));
        }
      }
      throw failed(call, words, error);
    }
  }

  /** Of cuBLAS. */
  static void checkBlas(int status, String call) {
    if (status != cublas.CUBLAS_STATUS_SUCCESS) {
      throw failed(call, text(cublas.cublasGetStatusString(status)), status);
    }
  }

  /** Of NVRTC. */
  static void checkCompiler(int result, String call) {
    if (result != nvrtc.NVRTC_SUCCESS) {
      throw failed(call, text(nvrtc.nvrtcGetErrorString(result)), result);
    }
  }

  private static String text(BytePointer words) {
    return words == null || words.isNull() ? "no description" : words.getString();
  }

  private static IllegalStateException failed(String call, String words, int error) {
    return new IllegalStateException(
        "CUDA: "
            + call
            + " failed: "
            + words
            + " ("
            + error
            + "); an earlier kernel may be the cause: CUDA_LAUNCH_BLOCKING=1 makes that one fail"
            + " instead, and -Dcola.kernels=cpu computes without the GPU");
  }
}
