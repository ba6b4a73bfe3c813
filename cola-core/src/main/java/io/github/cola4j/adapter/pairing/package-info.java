/**
 * Which A meets which B: pairing strategies as matrices P [M × N], and their factors.
 *
 * <p>A {@link io.github.cola4j.adapter.pairing.PairingStrategy} is a pure value that gives P, for
 * random ones step by step from a seed; {@link io.github.cola4j.adapter.pairing.Pairings} has them
 * by name: full, random, random-reversed, heuristic, heuristic-paper (arXiv 2505.15471, section 3).
 * {@link io.github.cola4j.adapter.pairing.Factors} writes P as U V with the smallest inner size k
 * that grouping equal rows or columns gives. k is what the two GEMMs of an adapted layer carry, so
 * full pairing costs as much as one LoRA of the same rank.
 */
package io.github.cola4j.adapter.pairing;
