package io.github.cola4j.spark.job;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A task's line of {@code results.json}; what was not measured is left out.
 *
 * @param classes number of classes
 * @param testExamples 0 without test files
 * @param probeAccuracy on the test examples, of a head on the frozen model alone
 * @param accuracy on the test examples
 * @param macroF1 on the test examples
 * @param loss mean cross-entropy of the test examples
 * @param validationAccuracy at the best round
 * @param truncated training and validation examples that lost tokens
 * @param badRows rows in the quarantine
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TaskResult(
    String task,
    int classes,
    long trainExamples,
    long testExamples,
    Double probeAccuracy,
    Double accuracy,
    Double macroF1,
    Double loss,
    double validationAccuracy,
    int bestRound,
    int rounds,
    long truncated,
    long badRows) {}
