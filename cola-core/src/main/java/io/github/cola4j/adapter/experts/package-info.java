/**
 * Adapters whose experts are weighted by a token or by the task: HydraLoRA, LoRAMoE, Lily, MOELoRA.
 *
 * <p>Letters: E the number of experts, R the router, ω_t [E × 1] the weights of the experts for
 * token t, γ the gate of a task. {@link io.github.cola4j.adapter.experts.TokenGatedMethod} has the
 * methods with a router for each token and computes them by {@code GatedDelta}, as does {@link
 * io.github.cola4j.adapter.experts.LilyMethod}, whose layers share A and B; {@link
 * io.github.cola4j.adapter.experts.TaskGatedMethod} has one gate for all tokens of a task, and
 * computes by {@code TaskGatedDelta}. {@link io.github.cola4j.adapter.experts.TokenGatedMethods}
 * offers the former to the registry of {@link io.github.cola4j.adapter.AdapterMethods}. {@link
 * io.github.cola4j.adapter.experts.BalanceOptions} are those of LoRAMoE's balance loss.
 */
package io.github.cola4j.adapter.experts;
