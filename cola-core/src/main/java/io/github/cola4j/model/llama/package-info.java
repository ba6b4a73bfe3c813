/** Decoders of the Llama family: Llama, Mistral, Qwen2 and those of their shape. */
package io.github.cola4j.model.llama;
