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
 *
 * <p>Start with {@link io.github.cola4j.adapter.AdapterConfig}, what a user configures, and {@link
 * io.github.cola4j.adapter.AdapterMethod}, what a method has to provide. {@link
 * io.github.cola4j.adapter.AdapterMethods} finds methods by name through {@link
 * io.github.cola4j.adapter.MethodProvider}s; the packages below have one family each. {@link
 * io.github.cola4j.adapter.AdaptedModules} applies a configuration to the layers of one model: it
 * derives the {@link io.github.cola4j.adapter.ParameterLayout} of θ, the initial θ, and {@link
 * io.github.cola4j.adapter.Adapters} bound to a θ. A model calls {@link
 * io.github.cola4j.adapter.AdaptedLinear} alone, which is the frozen layer or its {@link
 * io.github.cola4j.adapter.Adapter}. {@link io.github.cola4j.adapter.LowRank} is the change ΔW = B
 * A that exports and {@link io.github.cola4j.adapter.Merging} read.
 */
package io.github.cola4j.adapter;
