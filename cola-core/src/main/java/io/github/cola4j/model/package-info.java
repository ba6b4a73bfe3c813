/** Frozen pre-trained transformers and the trainable heads on top of them. */
package io.github.cola4j.model;
