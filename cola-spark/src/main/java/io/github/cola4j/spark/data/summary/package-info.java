/** What tasks are trained on: numbers of examples and classes, lengths, and what is wrong. */
package io.github.cola4j.spark.data.summary;
