/**
 * How the hidden states [d × T] of texts become the embeddings [d × sequences] that are classified.
 */
package io.github.cola4j.model.pooling;
