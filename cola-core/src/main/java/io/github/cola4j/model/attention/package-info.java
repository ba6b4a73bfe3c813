/**
 * Softmax attention whose scores have a bias or a mask, put together of matrix multiplications: a
 * head of one sequence at a time.
 *
 * <p>{@link io.github.cola4j.model.attention.BiasedAttention} computes one head's queries Q [dh ×
 * n] on keys and values K, V [dh × m] with a bias B [m × n], forward beside backward. {@link
 * io.github.cola4j.model.attention.SkewedScores} turns scores by distance into scores by position
 * without a copy. Encoders with relative positions use both; attention without a bias is the
 * kernels' own ({@link io.github.cola4j.nn.AttentionKernels}).
 */
package io.github.cola4j.model.attention;
