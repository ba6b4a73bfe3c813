/** The training loop of one shard, and what it needs: optimiser, schedules, metrics. */
package io.github.cola4j.train;
