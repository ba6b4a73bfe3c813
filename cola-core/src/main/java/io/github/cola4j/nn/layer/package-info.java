/** Frozen layers besides the linear ones: normalisations and the rotary embedding. */
package io.github.cola4j.nn.layer;
