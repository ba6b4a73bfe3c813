/**
 * Training of many tasks on one frozen model, on Spark. A round is a pure job: (states of round k,
 * shards, seed) → states of round k + 1. A lost executor's shards are computed again with the same
 * result, to the bit; nothing an executor keeps decides a result.
 */
package io.github.cola4j.spark;
