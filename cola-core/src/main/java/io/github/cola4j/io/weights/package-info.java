/**
 * Tensors by name from safetensors and ONNX files; knows no model.
 *
 * <p>{@link io.github.cola4j.io.weights.Weights} is the interface: named tensors, whatever file
 * they come from. {@link io.github.cola4j.io.weights.Safetensors} maps its file, so that a {@link
 * io.github.cola4j.io.weights.RawTensor} costs no copy; {@link
 * io.github.cola4j.io.weights.OnnxWeights} reads a BERT that PyTorch exported. {@link
 * io.github.cola4j.io.weights.RenamedWeights} and {@link
 * io.github.cola4j.io.weights.QuantizedWeights} wrap others: canonical names, and bitsandbytes'
 * several tensors as one. {@link io.github.cola4j.io.weights.SafetensorsWriter} writes the same
 * bytes for the same tensors. {@link io.github.cola4j.io.weights.FloatType} converts float32,
 * float16 and bfloat16, little-endian.
 */
package io.github.cola4j.io.weights;
