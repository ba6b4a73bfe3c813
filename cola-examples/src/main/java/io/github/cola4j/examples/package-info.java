/**
 * Real jobs on real models and real data.
 *
 * <p>{@link io.github.cola4j.examples.QuickStart} is {@code cola quickstart}: four tasks of {@link
 * io.github.cola4j.examples.wordnet} on all-MiniLM-L6-v2, both from the class path. {@link
 * io.github.cola4j.examples.bench} measures speed, {@link io.github.cola4j.examples.dl4j} adapts a
 * Deeplearning4j network. The commands join the command line as {@link
 * io.github.cola4j.spark.cli.Cola.Extension}s.
 */
package io.github.cola4j.examples;
