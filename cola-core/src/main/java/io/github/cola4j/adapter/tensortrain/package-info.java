/**
 * Adapters as trains of small tensors: TT-LoRA (arXiv 2408.01008).
 *
 * <p>{@link io.github.cola4j.adapter.tensortrain.TensorTrainMethod} is the method, {@code
 * TensorTrainDelta} its forward and backward. The modes of a layer's train are the factors n_1 …
 * n_p of in, then m_1 … m_q of out; {@link io.github.cola4j.adapter.tensortrain.TensorTrainShape}
 * chooses or checks them. {@code CoreChain} multiplies cores from one end of the train. {@link
 * io.github.cola4j.adapter.tensortrain.TensorTrainOptions} are the method's options.
 */
package io.github.cola4j.adapter.tensortrain;
