/**
 * CUDA's devices: memory, streams, cuBLAS, and the compiler of the {@code .cu} resources. {@link
 * io.github.cola4j.nn.kernels.cuda.device.Gpu} is all that kernels know of a device.
 *
 * <p>{@link io.github.cola4j.nn.kernels.cuda.device.CudaDevices} lists the devices of this machine
 * or the reason why there are none. {@code CudaGpu} is a {@code Gpu} by the CUDA driver, with a
 * {@code CudaThread} for each thread; tests run the same kernels on an emulator. {@link
 * io.github.cola4j.nn.kernels.cuda.device.CudaCompiler} compiles {@link
 * io.github.cola4j.nn.kernels.cuda.device.CudaSources} by NVRTC, and {@code CudaBinaries} keeps the
 * result between starts. {@code CudaCalls} checks what each call returned. {@code UtilizationMeter}
 * asks NVML, the driver's library for monitoring, how busy a device is.
 */
package io.github.cola4j.nn.kernels.cuda.device;
