/**
 * Decoders of the Llama family: Llama, Mistral, Qwen, Phi-3, Gemma, Granite, OLMo 2, StableLM,
 * StarCoder2 and others of their shape.
 *
 * <p>{@link io.github.cola4j.model.llama.LlamaConfig} has all variants as flags; {@code LlamaKeys},
 * {@code LlamaDefaults} and {@code RotaryKeys} read it from {@code config.json} as transformers
 * does. {@link io.github.cola4j.model.llama.LlamaDecoder} is the model: {@code LlamaBlocks} loads
 * its {@code LlamaLayer}s, each a {@code SelfAttention} and a {@code FeedForward} with {@code
 * Residual}s around them. {@code LlamaContinuation} computes new tokens on a {@code KeyValueCache}.
 * {@link io.github.cola4j.model.llama.LlamaArchitecture} registers the family. Activations are [d ×
 * T], tokens as columns.
 */
package io.github.cola4j.model.llama;
