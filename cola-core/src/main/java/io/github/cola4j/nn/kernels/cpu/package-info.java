/** Kernels on the Vector API and OpenBLAS. */
package io.github.cola4j.nn.kernels.cpu;
