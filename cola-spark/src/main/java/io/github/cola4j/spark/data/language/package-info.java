/**
 * When a row is what a language model learns from: a dialogue, a text, a preference.
 *
 * <p>{@link io.github.cola4j.spark.data.language.LanguageRows} joins a way of reading rows with the
 * objective that learns from them. {@link io.github.cola4j.spark.data.language.DialogueRule},
 * {@code DocumentRule} and {@code PreferenceRule} are the rules; {@link
 * io.github.cola4j.spark.data.language.DialogueFormat} and {@link
 * io.github.cola4j.spark.data.language.DialogueColumns} define how the columns are to be read.
 * {@code Turns} reads lists of messages in OpenAI's and sharegpt's forms, and {@code ToolCalls}
 * brings tools and calls of them to one form.
 */
package io.github.cola4j.spark.data.language;
