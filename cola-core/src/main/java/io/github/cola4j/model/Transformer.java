package io.github.cola4j.model;

import io.github.cola4j.nn.FrozenLinear;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** A frozen model: immutable, shared by all threads. */
public sealed interface Transformer permits BertEncoder, LlamaDecoder {
  /** The architecture. */
  TransformerConfig config();

  /** The precision of weights and activations. */
  DataType type();

  /** Every linear layer that can be adapted, in the order of the computation. */
  List<FrozenLinear> linears();

  /** The number of frozen parameters. */
  long parameters();
}
