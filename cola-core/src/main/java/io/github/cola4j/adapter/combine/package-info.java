/**
 * Several adapters as one, and one as a smaller one: pure functions of their low-rank changes ΔW_t
 * = B_t A_t.
 *
 * <p>A {@link io.github.cola4j.adapter.combine.Combination} is one rule; {@link
 * io.github.cola4j.adapter.combine.Combinations} has them by name, as {@code cola combine --how}
 * takes them. {@code TaskArithmetic} is exact and adds up ranks; {@code TruncatedArithmetic}
 * approximates the same sum by a given rank; {@code Ties} and {@code Dare} look at single weights,
 * which {@code Dense} gives them layer by layer, and approximate their result by a rank. λ_t is the
 * weight of task t.
 */
package io.github.cola4j.adapter.combine;
