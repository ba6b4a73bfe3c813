/**
 * Adapters of frozen linear layers, CoLA first (arXiv 2505.15471).
 *
 * <p>Letters: {@code A_i} (r × in), i = 1..M; {@code B_j} (out × r), j = 1..N; {@code P} the
 * pairing matrix [M × N]; {@code s} the scaling alpha/r; {@code A_i⁰}, {@code B_j⁰} the initial
 * factors; θ the flat vector of a task's parameters. An adapted layer computes
 *
 * <pre>y = W x + b + s (Σ_ij P_ij B_j A_i − Σ_ij P_ij B_j⁰ A_i⁰) x</pre>
 *
 * so that W is never changed and step 0 is the base model for every pairing and initialisation.
 */
package io.github.cola4j.adapter;
