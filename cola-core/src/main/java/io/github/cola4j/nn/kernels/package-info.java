/**
 * What kernel providers share; each provider has a package of its own below.
 *
 * <p>{@link io.github.cola4j.nn.kernels.ForwardingKernels} puts a provider's {@link
 * io.github.cola4j.nn.Kernels} together from a class for each kind of operation. {@link
 * io.github.cola4j.nn.kernels.TiledProduct} multiplies with a stored matrix for which the machine
 * has no kernel, some decoded rows at a time. The providers are {@code nd4j}, which is portable and
 * the reference of tests, {@code cpu}, which uses {@code onednn} for its GEMMs, and {@code cuda} in
 * a module of its own. All of them pass one contract test.
 */
package io.github.cola4j.nn.kernels;
