/**
 * Files in and out: safetensors, ONNX weights, Hugging Face folders, stored adapters.
 *
 * <p>This package has what all formats share: {@link io.github.cola4j.io.AtomicFile} writes a file
 * completely or not at all, {@link io.github.cola4j.io.SmallFile} reads small files within a bound,
 * {@link io.github.cola4j.io.Sha256} hashes. {@link io.github.cola4j.io.FolderFetcher} is the
 * interface by which another module brings a model's folder to this machine. The packages below
 * have a format each: {@code weights} tensors, {@code adapter} our adapters, {@code peft} those of
 * HF PEFT, {@code merged} and {@code quantized} complete models.
 */
package io.github.cola4j.io;
