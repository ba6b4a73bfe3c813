/**
 * {@code cola bench}: how fast the adapted layers and the training step are on this machine.
 *
 * <p>{@link io.github.cola4j.examples.bench.BenchCommand} has the benchmarks as subcommands, a
 * class each: one adapted layer ({@code LinearBench}), an encoder, a language model, rounds on
 * Spark, many jobs, skewed shards, text with a draft model, memory, and accuracy on few examples.
 * {@code Samples} are repeated measurements with their median and range; {@code Machine} describes
 * what they ran on. {@code PairLoop} is CoLA as the loop over pairs that the paper writes down, to
 * compare with. {@code TimedKernels} and {@code DecoderFlops} give time and FLOPs by operation.
 */
package io.github.cola4j.examples.bench;
