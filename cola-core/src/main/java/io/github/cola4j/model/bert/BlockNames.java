package io.github.cola4j.model.bert;

/**
 * What a family calls the tensors of its blocks, without {@code .weight} and {@code .bias}.
 *
 * @param root what the names of all blocks begin with
 * @param block what those of one begin with, {@code %d} for its number
 */
record BlockNames(
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
}
