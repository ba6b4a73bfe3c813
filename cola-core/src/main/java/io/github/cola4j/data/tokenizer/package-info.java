/**
 * Tokenizers as Hugging Face publishes them: checked before native code reads them, and given no
 * more of an input text than can matter.
 *
 * <p>{@link io.github.cola4j.data.tokenizer.Tokenizer} is the entry; it is safe for several
 * threads. {@code TokenizerJson} and {@code TokenizerPatterns} check the file, {@code TextPrefix}
 * cuts long input before it is tokenised. {@link io.github.cola4j.data.tokenizer.DocumentTokens}
 * tokenises input of any length. {@link io.github.cola4j.data.tokenizer.TokenStream} and {@link
 * io.github.cola4j.data.tokenizer.AnswerText} go the other way, from tokens that come one at a time
 * to text.
 */
package io.github.cola4j.data.tokenizer;
