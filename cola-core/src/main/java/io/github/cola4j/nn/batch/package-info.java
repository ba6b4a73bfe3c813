/** What a model computes at once: tokens of sequences, images, or features of examples. */
package io.github.cola4j.nn.batch;
