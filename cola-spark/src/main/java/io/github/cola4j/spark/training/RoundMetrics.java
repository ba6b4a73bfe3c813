package io.github.cola4j.spark.training;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What one round did for one task: a line of {@code metrics.jsonl}.
 *
 * @param round from 1
 * @param task the task's name
 * @param step optimiser steps done, of {@code totalSteps}
 * @param loss mean training loss of the round
 * @param validationLoss after averaging; null where the round was not validated
 * @param accuracy on the validation examples; null where the round was not validated
 * @param macroF1 on the validation examples; null where the round was not validated
 * @param best whether this is the task's best state so far
 * @param examples training examples seen in the round
 * @param tokens tokens of these
 * @param shards how many states were averaged
 * @param rejected shards whose update was not averaged, as training had left the numbers
 * @param rejectedBecause what was wrong with the first of these; null where there is none
 * @param bytesToExecutors the task's state as each executor that trains it fetches it, and the
 *     moments of shards that keep their own; factors that are equal and stay so count once
 * @param bytesFromExecutors the updates of all its shards, factors likewise
 * @param shardSeconds executors spent training the task's shards, added up
 * @param slowestShardSeconds of these the most for one shard
 * @param examplesPerSecond of all tasks of the round
 * @param seconds the round took
 * @param time what they went to
 * @param secondsLeft at most, if no task stops early
 */
public record RoundMetrics(
    int round,
    String task,
    int step,
    int totalSteps,
    double loss,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double validationLoss,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double accuracy,
    @JsonInclude(JsonInclude.Include.NON_NULL) Double macroF1,
    boolean best,
    long examples,
    long tokens,
    int shards,
    int rejected,
    @JsonInclude(JsonInclude.Include.NON_NULL) String rejectedBecause,
    long bytesToExecutors,
    long bytesFromExecutors,
    double shardSeconds,
    double slowestShardSeconds,
    double examplesPerSecond,
    double seconds,
    RoundTime time,
    double secondsLeft) {

  /** Whether the averaged state was validated after the round. */
  public boolean validated() {
    return validationLoss != null;
  }
}
