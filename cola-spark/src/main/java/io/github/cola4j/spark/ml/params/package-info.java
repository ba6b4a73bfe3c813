/**
 * The params of the stages of {@code ml}: accessors, meanings, defaults and checks.
 *
 * <p>Each interface is a group of params that stages share: {@link
 * io.github.cola4j.spark.ml.params.AdapterParams}, {@link
 * io.github.cola4j.spark.ml.params.TrainingParams}, {@link
 * io.github.cola4j.spark.ml.params.PredictionParams} and so on; a stage implements those that it
 * has. {@link io.github.cola4j.spark.ml.params.Declarations} defines what each param means, which
 * values are valid, and its default, which is that of the record it goes into. {@link
 * io.github.cola4j.spark.ml.params.ParamSet} holds the params of one stage. {@link
 * io.github.cola4j.spark.ml.params.SchemaCheck} compares a stage's columns with a schema. A setter
 * throws an {@code IllegalArgumentException} for a value out of range, and {@code explainParams()}
 * of a stage prints what each param means, with its default and value.
 */
package io.github.cola4j.spark.ml.params;
