/**
 * What a program gives to training and what it gets back.
 *
 * <p>{@link io.github.cola4j.spark.training.TaskTable} makes tasks of a {@code Dataset<Row>},
 * {@link io.github.cola4j.spark.training.TaskData} of RDDs. {@link
 * io.github.cola4j.spark.training.RoundConfig} defines how training is spread over shards and
 * rounds, {@link io.github.cola4j.spark.training.TrainingStart} which adapters it resumes from.
 * While it runs, a {@link io.github.cola4j.spark.training.TrainingListener} gets {@link
 * io.github.cola4j.spark.training.RoundMetrics} and a {@link
 * io.github.cola4j.spark.training.SnapshotListener} the {@link
 * io.github.cola4j.spark.training.TrainingSnapshot} between two rounds, with which training resumes
 * to the bit. The result is a {@link io.github.cola4j.spark.training.TrainedTask} a task, and a
 * {@link io.github.cola4j.spark.training.TestedTask} where it was tested.
 */
package io.github.cola4j.spark.training;
