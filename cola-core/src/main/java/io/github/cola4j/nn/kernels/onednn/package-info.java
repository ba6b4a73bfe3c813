/**
 * Matrix multiplication by oneDNN (uxlfoundation.github.io/oneDNN), which generates code for the
 * processor that it runs on. Matrices are column-major, oneDNN's row-major: Y [out × T] here is the
 * transposed [T × out] there, at the same addresses.
 *
 * <p>{@link io.github.cola4j.nn.kernels.onednn.OneDnn} is the library in this JVM: whether it can
 * be used, its engine and threads. {@link io.github.cola4j.nn.kernels.onednn.Multiplier} multiplies
 * in one thread. {@code MatMul} is a compiled multiplication of one shape, shared by all threads
 * and kept by shape. {@code SelfTest} tries small GEMMs with known results once a JVM; a
 * combination of types that fails is not used.
 */
package io.github.cola4j.nn.kernels.onednn;
