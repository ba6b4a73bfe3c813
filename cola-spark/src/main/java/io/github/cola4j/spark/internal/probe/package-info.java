/** The linear probe: what a classifier on the frozen model's embeddings reaches. */
package io.github.cola4j.spark.internal.probe;
