/** Rounds: shards trained, states averaged, validation, and what is reported of it. */
package io.github.cola4j.spark.internal.round;
