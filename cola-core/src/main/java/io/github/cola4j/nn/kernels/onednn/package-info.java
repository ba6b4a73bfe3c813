/**
 * Matrix multiplication by oneDNN (uxlfoundation.github.io/oneDNN), which generates code for the
 * processor that it runs on. Matrices are column-major, oneDNN's row-major: Y [out × T] here is the
 * transposed [T × out] there, at the same addresses.
 */
package io.github.cola4j.nn.kernels.onednn;
