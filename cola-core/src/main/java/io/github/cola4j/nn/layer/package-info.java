/**
 * Frozen layers: the linear one, normalisations, activations of feed-forwards and the rotary
 * embedding.
 *
 * <p>{@link io.github.cola4j.nn.layer.FrozenLinear} is Y = W X + b, whose backward gives dX alone.
 * {@link io.github.cola4j.nn.layer.Norm} is {@link io.github.cola4j.nn.layer.LayerNorm} or {@link
 * io.github.cola4j.nn.layer.RmsNorm}; {@link io.github.cola4j.nn.layer.InnerActivation} is {@link
 * io.github.cola4j.nn.layer.Gelu} or {@link io.github.cola4j.nn.layer.GatedActivation}. {@link
 * io.github.cola4j.nn.layer.RotaryEmbedding} computes {@link
 * io.github.cola4j.nn.layer.RotaryAngles}, with {@link io.github.cola4j.nn.layer.RotaryScaling} for
 * contexts longer than those of pre-training. Each class has forward, backward, formula and paper.
 */
package io.github.cola4j.nn.layer;
