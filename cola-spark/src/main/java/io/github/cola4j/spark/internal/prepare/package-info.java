/** From examples to shards, before the first round. */
package io.github.cola4j.spark.internal.prepare;
