/** Rounds: shards trained, states averaged, validation, and what of it is told. */
package io.github.cola4j.spark.internal.round;
