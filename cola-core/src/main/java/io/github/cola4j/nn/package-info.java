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
 *
 * <p>Start with {@link io.github.cola4j.nn.Kernels}, the seam between the maths and the machine: it
 * joins {@link io.github.cola4j.nn.GemmKernels}, {@link io.github.cola4j.nn.ElementwiseKernels},
 * {@link io.github.cola4j.nn.NormKernels}, {@link io.github.cola4j.nn.ActivationKernels}, {@link
 * io.github.cola4j.nn.AttentionKernels} and {@link io.github.cola4j.nn.OptimizerKernels}. {@link
 * io.github.cola4j.nn.KernelProviders} chooses the {@link io.github.cola4j.nn.KernelProvider} that
 * computes, and whose {@link io.github.cola4j.nn.DeviceUse} can be asked for. A {@link
 * io.github.cola4j.nn.Matrix} is a window of a {@link io.github.cola4j.nn.Storage}; {@link
 * io.github.cola4j.nn.Arena} gives working memory, and a {@link io.github.cola4j.nn.Pass} holds
 * both for one thread. {@link io.github.cola4j.nn.Seeds} derives every random choice.
 */
package io.github.cola4j.nn;
