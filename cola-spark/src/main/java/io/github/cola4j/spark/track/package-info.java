/**
 * Where else a run is logged: TensorBoard by event files, MLflow over its REST API. The keys are in
 * docs/reference/job-file; a program hands a {@link io.github.cola4j.spark.track.TensorBoardLog} or
 * an {@link io.github.cola4j.spark.track.MlflowRun} to the trainer as a listener.
 */
package io.github.cola4j.spark.track;
