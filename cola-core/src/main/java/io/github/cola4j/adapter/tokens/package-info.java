/**
 * Fewer tokens from block to block: how many are merged, and what is trained of it.
 *
 * <p>{@link io.github.cola4j.adapter.tokens.TokenMerging} defines how many of an image's tokens
 * each block merges (ToMe, arXiv 2210.09461). {@link
 * io.github.cola4j.adapter.tokens.TokenModulation} are the trained parameters that modulate them
 * before (PYRA, arXiv 2403.09192); it is bound to a task's flat vector as an adapter is. The
 * merging itself is part of the model, in {@link io.github.cola4j.model.vit}. {@link
 * io.github.cola4j.adapter.tokens.BlockNames} finds a model's blocks by the numbers in the names of
 * its linear layers.
 */
package io.github.cola4j.adapter.tokens;
