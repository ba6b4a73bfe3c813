/** What is added to a step's cross-entropy: terms of outputs, and what smoothed labels make. */
package io.github.cola4j.model.loss;
