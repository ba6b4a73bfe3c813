/**
 * The frozen model of a JVM: which one, where it lies, on which device.
 *
 * <p>{@link io.github.cola4j.spark.model.ModelReference} names a model and travels with every Spark
 * task; {@link io.github.cola4j.spark.model.BaseModelCache} loads it once a JVM and device, the one
 * piece of global state of the project. {@link io.github.cola4j.spark.model.RemoteModels} copies
 * models from Hadoop's file systems to the machine. {@link io.github.cola4j.spark.model.GpuBinding}
 * chooses the GPU that Spark gave the task. {@link io.github.cola4j.spark.model.TrainingContext} is
 * what every task of a job needs besides data and states; {@link
 * io.github.cola4j.spark.model.ShardWorkers} keeps working memory between Spark tasks.
 */
package io.github.cola4j.spark.model;
