/** What a model computes at once: tokens of sequences, or features of examples. */
package io.github.cola4j.nn.batch;
