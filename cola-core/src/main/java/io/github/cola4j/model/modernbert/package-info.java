/**
 * ModernBERT (arXiv 2412.13663): encoders with rotary embeddings and attention that is local in
 * most layers.
 *
 * <p>{@link io.github.cola4j.model.modernbert.ModernBertEncoder} is the model, a stack of {@code
 * ModernBertLayer}s with normalisation before each half. {@code LocalAttention} is attention to at
 * most w positions on both sides. {@link io.github.cola4j.model.modernbert.ModernBertConfig} reads
 * the configuration, and {@link io.github.cola4j.model.modernbert.ModernBertArchitecture} registers
 * the family.
 */
package io.github.cola4j.model.modernbert;
