/**
 * Frozen weights as their file has them: {@code StoredMatrix} is the bytes, in the file's type or
 * quantised, {@code StoredWeight} the {@link io.github.cola4j.nn.weight.Weight} made of them.
 */
package io.github.cola4j.nn.stored;
