/** When a row is what a language model learns from: a dialogue, a text, a preference. */
package io.github.cola4j.spark.data.language;
