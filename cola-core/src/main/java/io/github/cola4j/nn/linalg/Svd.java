package io.github.cola4j.nn.linalg;

import org.apache.commons.math3.linear.RealMatrix;

/**
 * A thin singular value decomposition M = U diag(s) Vᵀ of an [m × n] matrix, p = min(m, n).
 *
 * @param u U [m × p], orthonormal columns
 * @param values s [p], descending
 * @param v V [n × p], orthonormal columns
 */
public record Svd(RealMatrix u, double[] values, RealMatrix v) {}
