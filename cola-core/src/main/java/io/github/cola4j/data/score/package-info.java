/**
 * How near a prediction comes to what the data has, beyond right and wrong.
 *
 * <p>{@link io.github.cola4j.data.score.AnswerScore} compares generated answers with those of the
 * data by exact match, F1 of words and ROUGE-L. {@link io.github.cola4j.data.score.RegressionScore}
 * compares predicted numbers with those of the data. Both add up, so that executors compute parts
 * and the driver their sum.
 */
package io.github.cola4j.data.score;
