/**
 * The portable provider {@code nd4j}: kernels of ND4J operations, also in float64, the reference of
 * tests.
 *
 * <p>{@link io.github.cola4j.nn.kernels.nd4j.Nd4jKernelProvider} offers {@link
 * io.github.cola4j.nn.kernels.nd4j.Nd4jKernels}, which joins a class for each kind of operation.
 * {@link io.github.cola4j.nn.kernels.nd4j.Nd4jStorage} is memory of ND4J's backend, on the host or
 * a device; {@code HostMemory} places large blocks on pages of 2 MiB. {@link
 * io.github.cola4j.nn.kernels.nd4j.Nd4jBackend} identifies the backend that ND4J runs on.
 */
package io.github.cola4j.nn.kernels.nd4j;
