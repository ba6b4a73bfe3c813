package io.github.cola4j.model.bert;

/**
 * What a family calls the tensors of its blocks, without {@code .weight} and {@code .bias}.
 *
 * @param projection the linear layer that makes embeddings as wide as the blocks
 * @param root what the names of all blocks begin with
 * @param block what those of one begin with, {@code %d} for its number; of shared ones for the
 *     numbers of group and block
 */
record BlockNames(
    String projection,
    String root,
    String block,
    String query,
    String key,
    String value,
    String output,
    String norm1,
    String up,
    String down,
    String norm2) {

  /** BERT's own. */
  static final BlockNames BERT =
      new BlockNames(
          "embeddings_project",
          "encoder.",
          "encoder.layer.%d.",
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "attention.output.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");

  /** DistilBERT's. */
  static final BlockNames DISTILBERT =
      new BlockNames(
          "embeddings_project",
          "transformer.",
          "transformer.layer.%d.",
          "attention.q_lin",
          "attention.k_lin",
          "attention.v_lin",
          "attention.out_lin",
          "sa_layer_norm",
          "ffn.lin1",
          "ffn.lin2",
          "output_layer_norm");

  /** ALBERT's. */
  static final BlockNames ALBERT =
      new BlockNames(
          "encoder.embedding_hidden_mapping_in",
          "encoder.",
          "encoder.albert_layer_groups.%d.albert_layers.%d.",
          "attention.query",
          "attention.key",
          "attention.value",
          "attention.dense",
          "attention.LayerNorm",
          "ffn",
          "ffn_output",
          "full_layer_layer_norm");

  /** DeBERTa's. */
  static final BlockNames DEBERTA =
      new BlockNames(
          "embeddings_project",
          "encoder.",
          "encoder.layer.%d.",
          "attention.self.query_proj",
          "attention.self.key_proj",
          "attention.self.value_proj",
          "attention.output.dense",
          "attention.output.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");

  /** MPNet's. */
  static final BlockNames MPNET =
      new BlockNames(
          "embeddings_project",
          "encoder.",
          "encoder.layer.%d.",
          "attention.attn.q",
          "attention.attn.k",
          "attention.attn.v",
          "attention.attn.o",
          "attention.LayerNorm",
          "intermediate.dense",
          "output.dense",
          "output.LayerNorm");
}
