/**
 * The operations of a frozen transformer, each with its forward and its explicit backward.
 *
 * <p>Letters used throughout: {@code T} tokens of a batch (all its sequences side by side, no
 * padding), {@code d} model width, {@code h} heads, {@code dh = d / h} width of a head, {@code W}
 * frozen weight [out × in], {@code X} input [in × T], {@code Y} output [out × T], {@code dX} the
 * gradient of the loss with respect to {@code X}.
 *
 * <p>A token is a column: activations are column-major matrices [features × T], so a token's
 * features lie side by side in memory and BLAS reads every operand without a copy. Only attention
 * needs to know where sequences end ({@link io.github.cola4j.nn.batch.TokenBatch}).
 */
package io.github.cola4j.nn;
