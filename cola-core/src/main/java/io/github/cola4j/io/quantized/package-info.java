/**
 * Models with quantised weights, as folders that transformers and bitsandbytes read.
 *
 * <p>{@link io.github.cola4j.io.quantized.QuantizedModel} quantises the linear layers of a model's
 * blocks to int8 or NF4 and copies all other tensors. A {@link
 * io.github.cola4j.io.quantized.QuantizationStart} also finds what adapters start at, {@code
 * SplitMatrix} for one matrix. Reading such a folder is part of {@link
 * io.github.cola4j.io.weights}, and computing with it part of {@link io.github.cola4j.nn.stored}.
 */
package io.github.cola4j.io.quantized;
