/** ModernBERT: encoders with rotary embeddings and attention that is local in most layers. */
package io.github.cola4j.model.modernbert;
