/**
 * CUDA's devices: memory, streams, cuBLAS, and the compiler of the {@code .cu} resources. {@link
 * io.github.cola4j.nn.kernels.cuda.device.Gpu} is all that kernels know of a device.
 */
package io.github.cola4j.nn.kernels.cuda.device;
