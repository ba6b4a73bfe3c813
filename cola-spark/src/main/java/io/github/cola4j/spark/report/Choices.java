package io.github.cola4j.spark.report;

import io.github.cola4j.train.Evaluation;

/**
 * A language model's answers to multiple-choice questions.
 *
 * @param before by the frozen model
 * @param after by the trained one, to the same questions
 */
public record Choices(Evaluation before, Evaluation after) {}
