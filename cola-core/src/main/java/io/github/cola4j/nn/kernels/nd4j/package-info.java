/** Portable kernels on ND4J, also in float64: the reference of tests. */
package io.github.cola4j.nn.kernels.nd4j;
