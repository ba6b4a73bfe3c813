/**
 * The linear probe: what a classifier on the frozen model's embeddings reaches.
 *
 * <p>{@link io.github.cola4j.spark.internal.probe.ProbeBaseline} computes the embeddings once,
 * shard by shard as {@code EmbeddedShard}s, and fits a probe for each task. {@code LinearProbe} is
 * multinomial logistic regression by Spark ML, with its objective in the Javadoc; its penalty is
 * chosen on the validation examples.
 */
package io.github.cola4j.spark.internal.probe;
