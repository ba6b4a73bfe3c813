/**
 * Decompositions and solvers in double precision, all behind {@link
 * io.github.cola4j.nn.linalg.LinearAlgebra}. Small matrices are Commons Math's; large ones are
 * {@link io.github.cola4j.nn.Matrix} and {@link io.github.cola4j.nn.weight.Weight}.
 *
 * <p>{@link io.github.cola4j.nn.linalg.Svd}, {@link io.github.cola4j.nn.linalg.ThinQr} and {@link
 * io.github.cola4j.nn.linalg.SymmetricEigen} are results of a decomposition, with their shapes.
 * {@link io.github.cola4j.nn.linalg.TruncatedSvd} has the leading singular triplets of a weight,
 * exact for small matrices and randomised for large ones. Signs are fixed and seeds are arguments,
 * so that a result is the same on every machine.
 */
package io.github.cola4j.nn.linalg;
