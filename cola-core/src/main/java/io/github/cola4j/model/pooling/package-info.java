/**
 * How the hidden states [d × T] of sequences become the embeddings [d × sequences] that are
 * classified.
 *
 * <p>{@link io.github.cola4j.model.pooling.Pooling} names the ways: mean, the first token, the last
 * token, or the model's own classifier. {@link io.github.cola4j.model.pooling.Pooler} computes it,
 * forward beside backward. {@link io.github.cola4j.model.pooling.ClassifierLayer} is the frozen
 * layer of such a classifier, with its {@link io.github.cola4j.model.pooling.Activation}. {@link
 * io.github.cola4j.model.pooling.SentenceTransformers} reads which pooling a model was trained
 * with.
 */
package io.github.cola4j.model.pooling;
