/** Candidates that are trained side by side, of which ever fewer stay. */
package io.github.cola4j.spark.ml.sweep;
