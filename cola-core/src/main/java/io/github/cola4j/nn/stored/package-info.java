/**
 * Frozen weights as their file has them: {@code StoredMatrix} is the bytes, in the file's type or
 * quantised; {@link io.github.cola4j.nn.weight.Weight} makes a layer's weight of it.
 *
 * <p>{@link io.github.cola4j.nn.stored.StoredMatrix} W [out × in] lies row by row and is a {@link
 * io.github.cola4j.nn.stored.FloatMatrix} (float32, float16, bfloat16), an {@link
 * io.github.cola4j.nn.stored.Int8Matrix} or an {@link io.github.cola4j.nn.stored.Nf4Matrix}. Its
 * bytes are {@link io.github.cola4j.nn.stored.Memory}, often a mapped file. {@link
 * io.github.cola4j.nn.stored.QuantizedCopy} and {@link io.github.cola4j.nn.stored.BFloat16Copy}
 * make a smaller matrix of a larger one, rows by rows. {@link
 * io.github.cola4j.nn.stored.WeightOptions} defines how weights are kept ({@link
 * io.github.cola4j.nn.stored.Quantization}) and multiplied ({@link
 * io.github.cola4j.nn.stored.Precision}).
 */
package io.github.cola4j.nn.stored;
