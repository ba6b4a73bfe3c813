/**
 * The provider {@code cuda}: float32 on NVIDIA GPUs. Kernels are the {@code .cu} resources of this
 * package, compiled by NVRTC for the device; matrix products are cuBLAS'.
 *
 * <p>Matrices are column-major [features × T] as everywhere; ld is a stride, in elements.
 */
package io.github.cola4j.nn.kernels.cuda;
