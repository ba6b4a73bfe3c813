package io.github.cola4j.io.weights;

import io.github.cola4j.nn.stored.Memory;
import io.github.cola4j.nn.stored.MemorySource;

/**
 * A tensor as its mapped file has it.
 *
 * @param dtype the type as safetensors calls it: {@code BF16}, {@code U8}
 * @param bytes its elements, row-major, little-endian
 * @param source what the bytes belong to
 */
public record RawTensor(String dtype, long[] shape, Memory bytes, MemorySource source) {}
