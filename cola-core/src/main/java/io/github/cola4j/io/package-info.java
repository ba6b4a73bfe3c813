/** Files in and out: safetensors, ONNX weights, Hugging Face folders, saved adapters. */
package io.github.cola4j.io;
