/** Vision Transformers: encoders of images, by patches and a class token. */
package io.github.cola4j.model.vit;
