/**
 * Encoders of the BERT family: BERT, RoBERTa, DistilBERT, ELECTRA, ALBERT, MPNet and DeBERTa.
 *
 * <p>Start with {@link io.github.cola4j.model.bert.BertEncoder}: embeddings ({@code
 * BertEmbeddings}), blocks ({@code BertLayer}), pooling. A {@code BertFamily} is what differs from
 * family to family by name, {@link io.github.cola4j.model.bert.BertConfig} what differs by number.
 * The {@code …Architecture} classes register the families. {@code PlacedAttention} is attention
 * whose scores depend on positions: {@code RelativeAttention} for MPNet, {@code
 * DisentangledAttention} for DeBERTa. Letters and shapes are those of {@link io.github.cola4j.nn}.
 */
package io.github.cola4j.model.bert;
