/** Frozen weights as layers use them: {@link io.github.cola4j.nn.weight.Weight} and its kinds. */
package io.github.cola4j.nn.weight;
