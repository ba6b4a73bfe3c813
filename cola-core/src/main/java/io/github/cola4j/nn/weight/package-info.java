/**
 * Frozen weights as layers use them: {@link io.github.cola4j.nn.weight.Weight} W [out × in] and its
 * kinds.
 *
 * <p>A weight multiplies, transposed or not, and gives rows; how it is stored is nobody else's
 * concern. A quantised one may have a {@link io.github.cola4j.nn.weight.Remainder}. {@code
 * MatrixWeight} is in the type that is computed with, {@code StoredWeight} is multiplied as its
 * file has it, {@code TableWeight} has the rows of an embedding table as columns. The factory
 * methods of {@code Weight} choose among them.
 */
package io.github.cola4j.nn.weight;
