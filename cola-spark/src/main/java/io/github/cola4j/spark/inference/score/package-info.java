/** How near a language model's own answers come to those of the data, and who waits for them. */
package io.github.cola4j.spark.inference.score;
