/**
 * Which of two answers is preferred: direct preference optimization (DPO, arXiv 2305.18290).
 *
 * <p>{@link io.github.cola4j.model.preference.PreferenceModel} is one task's policy π, a frozen
 * decoder with adapters; the decoder without them is the reference. {@link
 * io.github.cola4j.model.preference.PreferenceConfig} has the loss of a pair by its margin z, with
 * β and the label smoothing. Pairs come as a {@link io.github.cola4j.nn.batch.PairBatch}, the
 * preferred answer first.
 */
package io.github.cola4j.model.preference;
