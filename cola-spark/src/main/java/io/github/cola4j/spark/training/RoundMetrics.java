package io.github.cola4j.spark.training;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What one round did for one task: a line of {@code metrics.jsonl}.
 *
 * @param round from 1
 * @param task the task's name
 * @param step optimiser steps done, of {@code totalSteps}
 * @param loss mean training loss of the round
 * @param learningRate of the adapters' A matrices in the round's last step: {@code
 *     training.optimizer.learningRate} times the schedule's factor. B matrices have it times {@code
 *     bRatio}, and the head has {@code headLearningRate} times that factor. Null in rounds that a
 *     version without it has trained, as are {@code gradientNorm} and {@code timestamp}
 * @param gradientNorm mean, over the optimiser steps of all shards that were averaged, of the
 *     2-norm of the step's gradient before clipping: of everything that the step trains, adapter
 *     and head, with factors that are equal and carried once counted as often as they are there.
 *     Where shards send gradients, the norm of the mean gradient. Null if no step saw an example
 * @param validationLoss after averaging; null where the round was not validated
 * @param accuracy on the validation examples; null where the round was not validated, and of a
 *     regression
 * @param macroF1 likewise
 * @param margin of a task of preferences, the mean margin on the validation examples; null of
 *     others
 * @param best whether this is the task's best state so far
 * @param examples training examples seen in the round
 * @param tokens tokens of these
 * @param shards how many states were averaged
 * @param rejected shards whose update was not averaged, as training had left the numbers
 * @param rejectedBecause what was wrong with the first of these; null where there is none
 * @param bytesToExecutors the states that its shards start from; factors that are equal and stay so
 *     count once. 0 of a task with one shard where tasks share nothing, which stays on a core
 * @param bytesFromExecutors the updates of all its shards, likewise
 * @param bytesToDriver what the round's Spark tasks sent to the driver, over the number of tasks
 * @param shardSeconds executors spent training the task's shards, added up
 * @param slowestShardSeconds of these the most for one shard
 * @param gpuMemoryBytes in use on a GPU when it had trained one of the task's shards, by whatever
 *     shares it: the most of any; null where the CPU trains
 * @param gpuUtilization mean of these GPUs' utilisation then, from 0 to 1, weighted by the shards'
 *     seconds; null where the CPU trains, and where the driver does not tell
 * @param examplesPerSecond of all tasks of the round
 * @param seconds the round took
 * @param time what they went to
 * @param secondsLeft at most, if no task stops early
 * @param timestamp when the round was over for the task, by the driver's clock: ISO 8601 in UTC,
 *     such as {@code 2026-03-01T12:30:00.250Z}
 */
public record RoundMetrics(
    int round,
    String task,
    int step,
    int totalSteps,
    double loss,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double learningRate,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double gradientNorm,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double validationLoss,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double accuracy,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double macroF1,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double margin,
    boolean best,
    long examples,
    long tokens,
    int shards,
    int rejected,
    @JsonInclude(JsonInclude.Include.NON_NULL) String rejectedBecause,
    long bytesToExecutors,
    long bytesFromExecutors,
    long bytesToDriver,
    double shardSeconds,
    double slowestShardSeconds,
    @JsonInclude(JsonInclude.Include.NON_NULL) Long gpuMemoryBytes,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double gpuUtilization,
    double examplesPerSecond,
    double seconds,
    RoundTime time,
    double secondsLeft,
    @JsonInclude(JsonInclude.Include.NON_NULL) String timestamp) {

  /** Whether the averaged state was validated after the round. */
  public boolean validated() {
    return validationLoss != null;
  }
}
