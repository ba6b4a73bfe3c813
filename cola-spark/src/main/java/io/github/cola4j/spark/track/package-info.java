/**
 * Where else a run is logged: TensorBoard by event files, MLflow over its REST API. The keys are in
 * docs/reference/job-file; a program hands a {@link io.github.cola4j.spark.track.TensorBoardLog} or
 * an {@link io.github.cola4j.spark.track.MlflowRun} to the trainer as a listener.
 *
 * <p>{@link io.github.cola4j.spark.track.Tracking} does what a job's {@code track} asks for. {@code
 * EventFile} writes TensorFlow's records. {@link io.github.cola4j.spark.track.MlflowExperiment}
 * makes runs; {@code MlflowServer} is the API, {@code MlflowBatches} sends metrics on a thread of
 * its own, {@code RunArtifacts} places files, and {@code MlflowModel} registers adapters as a
 * model. Once training has begun, a server that fails does not end it.
 */
package io.github.cola4j.spark.track;
