/**
 * Examples, dialogues and batches: from input text or images to the columns of a matrix.
 *
 * <p>{@link io.github.cola4j.data.Example} is a labelled text, pair of texts or image; {@link
 * io.github.cola4j.data.Dialogue}, {@link io.github.cola4j.data.Document} and {@link
 * io.github.cola4j.data.Preference} are what a language model learns from; {@link
 * io.github.cola4j.data.MultipleChoice} is what it is asked. An {@link
 * io.github.cola4j.train.Objective} turns each of them into {@link io.github.cola4j.data.Encoded}
 * {@link io.github.cola4j.data.Sample}s, tokens or features with labels. {@link
 * io.github.cola4j.data.Batcher} cuts samples into batches without padding: sequences lie side by
 * side.
 *
 * <p>The packages below have one step each: {@code tokenizer} and {@code image} read the raw input,
 * {@code template} writes dialogues as text and marks the supervised tokens, {@code jinja}
 * interprets a model's own template, and {@code score} measures generated answers.
 */
package io.github.cola4j.data;
