/**
 * Launches that compute many results: the low-rank GEMMs of all tasks of a batch, and sums of many
 * matrices, by {@code grouped.cu}. Start with {@link
 * io.github.cola4j.nn.kernels.cuda.grouped.GroupedGemms}; {@link
 * io.github.cola4j.nn.kernels.cuda.grouped.GroupedSums} is the same for sums. What a launch is to
 * compute is a {@link io.github.cola4j.nn.kernels.cuda.grouped.LaunchTable}. Matrices are addresses
 * here.
 */
package io.github.cola4j.nn.kernels.cuda.grouped;
