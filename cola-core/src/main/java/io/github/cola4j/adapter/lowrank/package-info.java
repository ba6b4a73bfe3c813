/**
 * Adapters that add low-rank changes to a layer: CoLA, LoRA and their relatives, DoRA, VeRA,
 * GraLoRA.
 *
 * <p>Start with {@code ColaDelta}: the forward and backward of CoLA as two GEMMs for any pairing
 * matrix. {@link io.github.cola4j.adapter.lowrank.LowRankMethod} makes CoLA, LoRA, rsLoRA, LoRA+
 * and PiSSA of it, which differ in their presets alone; {@link
 * io.github.cola4j.adapter.lowrank.LowRankMethods} offers them to the registry. {@code
 * CollapsedMethod} carries factors that are equal and stay equal once. {@code DoraMethod} and
 * {@code DoraAdapter} learn the length of each row apart from its direction. {@link
 * io.github.cola4j.adapter.lowrank.VeraMethod} trains vectors around the frozen random matrices of
 * a {@link io.github.cola4j.adapter.lowrank.VeraProjection}, {@link
 * io.github.cola4j.adapter.lowrank.GraloraMethod} a LoRA of each block of the weight: {@code
 * VeraDelta}, {@code GraloraDelta}. {@link io.github.cola4j.adapter.lowrank.LowRankTruncation}
 * brings a change to a smaller rank, for exports and combinations.
 */
package io.github.cola4j.adapter.lowrank;
