/** Tensors by name from safetensors and ONNX files; knows no model. */
package io.github.cola4j.io.weights;
