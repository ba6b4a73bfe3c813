/**
 * Estimators and models of Spark ML: what the rest of this module does, with params, pipelines and
 * persistence as Spark's own learners have them.
 */
package io.github.cola4j.spark.ml;
