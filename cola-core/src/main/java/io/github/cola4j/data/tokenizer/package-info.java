/**
 * Tokenizers as Hugging Face publishes them: checked before native code reads them, and what of an
 * input text they are given.
 */
package io.github.cola4j.data.tokenizer;
