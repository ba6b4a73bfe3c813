/**
 * Vision Transformers (arXiv 2010.11929): encoders of images, by patches and a class token.
 *
 * <p>{@link io.github.cola4j.model.vit.ViTEncoder} is the model: {@code ViTEmbeddings} makes tokens
 * of patches, {@code ViTLayer} is a block. Token merging (ToMe, arXiv 2210.09461) takes place
 * between blocks: {@code TokenMatching} finds pairs, {@code TokenMerge} merges them, {@code
 * ProportionalAttention} counts a merged token as often as it has parts. {@code ImageTokens}
 * defines how many tokens each image has left. {@link io.github.cola4j.model.vit.ViTConfig} and
 * {@link io.github.cola4j.model.vit.ViTArchitecture} are configuration and registration.
 */
package io.github.cola4j.model.vit;
