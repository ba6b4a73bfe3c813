package io.github.cola4j.model;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/** A frozen model: immutable, shared by all threads. */
public interface Transformer {

  /** What a forward kept, in its pass's working memory. */
  interface Saved {

    /**
     * Adds to the adapters' gradients; nothing below the lowest adapted layer is computed.
     *
     * @param dOutput the gradient of what the forward wrote
     */
    void backward(Pass pass, Adapters adapters, Matrix dOutput);
  }

  /** The architecture. */
  TransformerConfig config();

  /** The precision of weights and activations. */
  DataType type();

  /** Every linear layer that can be adapted, in the order of the computation. */
  List<FrozenLinear> linears();

  /**
   * A model that shares everything with this one but the linear layers.
   *
   * @param change gives a layer's replacement of the same shape, or the layer itself
   */
  Transformer withLinears(UnaryOperator<FrozenLinear> change);

  /** The number of frozen parameters. */
  long parameters();
}
