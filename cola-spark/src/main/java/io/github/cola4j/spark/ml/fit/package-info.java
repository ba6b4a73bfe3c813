/** What the estimators of {@code ml} share: rows that become tasks, checkpoints, rounds. */
package io.github.cola4j.spark.ml.fit;
