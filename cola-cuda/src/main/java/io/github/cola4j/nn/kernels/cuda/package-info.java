/**
 * The provider {@code cuda}: float32 on NVIDIA GPUs. Kernels are the {@code .cu} resources of this
 * package, compiled by NVRTC for the device; GEMMs are cuBLAS', but those of low rank, of which
 * {@link io.github.cola4j.nn.kernels.cuda.grouped} launches many at once.
 *
 * <p>Matrices are column-major [features × T] as everywhere; ld is a stride, in elements.
 *
 * <p>{@link io.github.cola4j.nn.kernels.cuda.CudaKernelProvider} offers {@code CudaKernels}, one
 * thread's kernels of a device, joined from a class for each kind of operation. {@code CudaStorage}
 * is memory of the device; {@code DeviceWeights} keeps the frozen weights there, as stored. {@code
 * TensorAttentionKernels} is attention by tensor cores in bfloat16. {@code Staging} and {@code
 * Scratch} are memory that outlives a call; {@code DeferredLosses} reads many losses by one copy.
 * What knows CUDA's calls is in {@link io.github.cola4j.nn.kernels.cuda.device}.
 */
package io.github.cola4j.nn.kernels.cuda;
