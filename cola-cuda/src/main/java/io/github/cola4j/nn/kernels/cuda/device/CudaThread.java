package io.github.cola4j.nn.kernels.cuda.device;

import static io.github.cola4j.nn.kernels.cuda.device.CudaCalls.check;
import static io.github.cola4j.nn.kernels.cuda.device.CudaCalls.checkBlas;
import static io.github.cola4j.nn.kernels.cuda.device.CudaCalls.checkDriver;

import java.nio.LongBuffer;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** What a thread has on a device: a stream, cuBLAS, and memory for the arguments of calls. */
final class CudaThread {
  /** A kernel's parameters have 4096 bytes at most. */
  private static final int ARGUMENTS = 512;

  private final CUstream_st stream = new CUstream_st();
  private final cublasContext blas = new cublasContext();
  private final LongPointer arguments = new LongPointer(ARGUMENTS);
  private final LongBuffer values = arguments.asBuffer();
  private final PointerPointer<Pointer> pointers = new PointerPointer<>(ARGUMENTS);
  private final FloatPointer alpha = new FloatPointer(1);
  private final FloatPointer beta = new FloatPointer(1);
  private final Address first = new Address(0);
  private final Address second = new Address(0);
  private final Address third = new Address(0);

  /** Of the calling thread, on the device that it is bound to, when all work of others is done. */
  CudaThread() {
    check(cudart.cudaDeviceSynchronize(), "cudaDeviceSynchronize");
    check(
        cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
        "cudaStreamCreateWithFlags");
    checkBlas(cublas.cublasCreate_v2(blas), "cublasCreate");
    checkBlas(cublas.cublasSetStream_v2(blas, stream), "cublasSetStream");
    checkBlas(
        cublas.cublasSetPointerMode_v2(blas, cublas.CUBLAS_POINTER_MODE_HOST),
        "cublasSetPointerMode");
    checkBlas(cublas.cublasSetMathMode(blas, cublas.CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
    for (int i = 0; i < ARGUMENTS; i++) {
      pointers.put(i, arguments.getPointer(i));
    }
  }

  /** Frees the stream and cuBLAS when the thread has ended; must not refer to the object. */
  Runnable closer() {
    CUstream_st oldStream = stream;
    cublasContext oldBlas = blas;
    return () -> {
      checkBlas(cublas.cublasDestroy_v2(oldBlas), "cublasDestroy");
      check(cudart.cudaStreamDestroy(oldStream), "cudaStreamDestroy");
    };
  }

  void copyToDevice(long address, Pointer host, long bytes) {
    check(
        cudart.cudaMemcpyAsync(
            first.at(address), host, bytes, cudart.cudaMemcpyHostToDevice, stream),
        "cudaMemcpyAsync to the device");
  }

  void copyToHost(long address, Pointer host, long bytes) {
    check(
        cudart.cudaMemcpyAsync(
            host, first.at(address), bytes, cudart.cudaMemcpyDeviceToHost, stream),
        "cudaMemcpyAsync to the host");
  }

  void clear(long address, long bytes) {
    check(cudart.cudaMemsetAsync(first.at(address), 0, bytes, stream), "cudaMemsetAsync");
  }

  void synchronize() {
    check(cudart.cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }

  void launch(
      String name,
      CUfunc_st kernel,
      int gridX,
      int gridY,
      int threads,
      int sharedBytes,
      long[] given) {
    values.put(0, given);
    int error =
        cudart.cuLaunchKernel(
            kernel,
            gridX,
            gridY,
            1,
            threads,
            1,
            1,
            sharedBytes,
            stream,
            pointers,
            (PointerPointer<?>) null);
    if (error != cudart.CUDA_SUCCESS) {
      checkDriver(
          error,
          "cuLaunchKernel of "
              + name
              + " on "
              + gridX
              + " × "
              + gridY
              + " blocks of "
              + threads
              + " threads with "
              + sharedBytes
              + " bytes");
    }
  }

  void gemm(
      GemmType type,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double factor,
      long a,
      int lda,
      long b,
      int ldb,
      double share,
      long c,
      int ldc) {
    int element = type == GemmType.BFLOAT16 ? cudart.CUDA_R_16BF : cudart.CUDA_R_32F;
    int compute =
        type == GemmType.TF32 ? cublas.CUBLAS_COMPUTE_32F_FAST_TF32 : cublas.CUBLAS_COMPUTE_32F;
    alpha.put((float) factor);
    beta.put((float) share);
    int status =
        cublas.cublasGemmEx(
            blas,
            transposeA ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N,
            transposeB ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N,
            m,
            n,
            k,
            alpha,
            first.at(a),
            element,
            lda,
            second.at(b),
            element,
            ldb,
            beta,
            third.at(c),
            cudart.CUDA_R_32F,
            ldc,
            compute,
            cublas.CUBLAS_GEMM_DEFAULT);
    if (status != cublas.CUBLAS_STATUS_SUCCESS) {
      checkBlas(
          status,
          "cublasGemmEx of "
              + type
              + (transposeA ? " T" : " N")
              + (transposeB ? "T" : "N")
              + " m "
              + m
              + " n "
              + n
              + " k "
              + k
              + " strides "
              + lda
              + " "
              + ldb
              + " "
              + ldc);
    }
  }
}
