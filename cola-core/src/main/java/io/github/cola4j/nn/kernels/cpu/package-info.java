/**
 * The provider {@code cpu}: float32 kernels on the Vector API, oneDNN and OpenBLAS.
 *
 * <p>{@link io.github.cola4j.nn.kernels.cpu.CpuKernelProvider} offers {@link
 * io.github.cola4j.nn.kernels.cpu.CpuKernels}, which joins a class for each kind of operation.
 * {@code CpuGemmKernels} calls {@link io.github.cola4j.nn.kernels.onednn}; attention has a class
 * for short, long and causal sequences. Element-wise kernels copy tiles to heap arrays ({@code
 * Tiles}, {@code Columns}) and loop over them with {@code VectorMath}. Loading {@code VectorMath}
 * needs the module {@code jdk.incubator.vector}, which is why nothing touches it before the
 * provider is chosen.
 */
package io.github.cola4j.nn.kernels.cpu;
