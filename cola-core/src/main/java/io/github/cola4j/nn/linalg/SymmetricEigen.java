package io.github.cola4j.nn.linalg;

/**
 * The eigendecomposition M = V diag(values) Vᵀ of a symmetric [n × n] matrix.
 *
 * @param values [n], descending
 * @param vectors the orthonormal eigenvectors, one after the other, [n][n]
 */
public record SymmetricEigen(double[] values, double[][] vectors) {}
