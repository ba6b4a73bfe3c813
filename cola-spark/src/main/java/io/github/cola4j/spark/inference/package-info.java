/** Trained adapters on rows. */
package io.github.cola4j.spark.inference;
