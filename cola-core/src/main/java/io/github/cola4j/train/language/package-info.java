/**
 * What language models learn: to answer dialogues, to continue input text, to prefer answers.
 *
 * <p>Each objective is a pure value that turns an example into a sample and makes the model that is
 * trained on it: {@link io.github.cola4j.train.language.LanguageModeling} supervises the tokens of
 * answers, {@link io.github.cola4j.train.language.TextModeling} every token but a text's first,
 * {@link io.github.cola4j.train.language.PreferenceOptimization} pairs of answers. {@code
 * DecoderObjective} is what they have in common. {@link
 * io.github.cola4j.train.language.ChoiceScorer} answers multiple-choice questions by the logits of
 * the options' letters.
 */
package io.github.cola4j.train.language;
