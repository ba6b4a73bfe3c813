/** {@code cola bench}: how fast the adapted layers and the training step are on this machine. */
package io.github.cola4j.examples.bench;
