/**
 * Decompositions and solvers in double precision, all behind {@link
 * io.github.cola4j.nn.linalg.LinearAlgebra}. Small matrices are Commons Math's; large ones are
 * {@link io.github.cola4j.nn.Matrix} and {@link io.github.cola4j.nn.weight.Weight}.
 */
package io.github.cola4j.nn.linalg;
