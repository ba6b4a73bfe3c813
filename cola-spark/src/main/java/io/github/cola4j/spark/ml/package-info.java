/**
 * Estimators and models of Spark ML: what the rest of this module does, with params, pipelines and
 * persistence as Spark's own learners have them.
 *
 * <p>{@link io.github.cola4j.spark.ml.ColaClassifier} learns to classify and gives a {@link
 * io.github.cola4j.spark.ml.ColaClassificationModel}; {@link
 * io.github.cola4j.spark.ml.ColaLanguageModel} learns dialogues and gives a {@link
 * io.github.cola4j.spark.ml.ColaGenerationModel}. {@link io.github.cola4j.spark.ml.ColaSweep} looks
 * for the best params of either. {@link io.github.cola4j.spark.ml.ColaTrainingSummary} reports how
 * training went. {@code ModelWriter} and {@code ModelReader} store models on any Hadoop path.
 * Params are in {@code params}, training in {@code fit}, successive halving in {@code sweep};
 * docs/how-to/spark-ml.md is the guide.
 */
package io.github.cola4j.spark.ml;
