/** The params of the stages of {@code ml}: accessors, meanings, defaults and checks. */
package io.github.cola4j.spark.ml.params;
