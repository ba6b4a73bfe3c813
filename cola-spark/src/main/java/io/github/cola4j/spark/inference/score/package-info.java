/**
 * How near a language model's own answers come to those of the data, and who waits for them.
 *
 * <p>{@link io.github.cola4j.spark.inference.score.GeneratedAnswers} are answers with those of the
 * data and their scores, which {@link io.github.cola4j.data.score.AnswerScore} defines. {@link
 * io.github.cola4j.spark.inference.score.AnswerProgress} reports how many dialogues are answered,
 * since generating takes long.
 */
package io.github.cola4j.spark.inference.score;
