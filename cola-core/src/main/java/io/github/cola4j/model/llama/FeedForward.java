package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.InnerActivation;
import io.github.cola4j.nn.layer.Norm;

/**
 * The second half of a block: with P = N(H),
 *
 * <pre>
 *   A = act(G) ⊙ U   [G; U] = [W_gate; W_up] P   Y = H + residual(W_down A)
 * </pre>
 *
 * or, without a gate, A = act(U). H and Y are [d × T], the inner matrices [intermediate × T].
 *
 * @param norm N; null for none
 * @param inputs gate and up, or up alone
 */
record FeedForward(
    Norm norm,
    Projections inputs,
    InnerActivation activation,
    FrozenLinear down,
    Residual residual) {

  /** Activations, and what the adapters kept, named as in the formula. */
  record Saved(
      Norm.Saved norm, Projections.Saved inputs, Adapter.Saved down, Norm.Saved residual) {}

  /** Overwrites Y. */
  Saved forward(Pass pass, Adapters adapters, Matrix h, Matrix y) {
    Matrix p = h;
    Norm.Saved normalised = null;
    if (norm != null) {
      p = pass.matrix(h.rows(), h.columns());
      normalised = norm.forward(pass, h, p);
    }
    Projections.Saved inner = inputs.forward(pass, adapters, p, null);
    Matrix a = pass.matrix(down.in(), h.columns());
    activation.forward(pass, inner.outputs(), a);
    Matrix branch = residual.branch(pass, y);
    Adapter.Saved ad = AdaptedLinear.forward(pass, down, adapters.get(down), a, branch);
    return new Saved(normalised, inner, ad, residual.forward(pass, branch, h, null, y));
  }

  /** Overwrites dH. */
  void backward(Pass pass, Adapters adapters, Saved s, Matrix dY, Matrix dH) {
    Matrix dBranch = residual.backward(pass, s.residual, dY);
    Projections.Gradients gradients = inputs.gradients(pass, s.inputs, null);
    Matrix dU = gradients.outputs().get(activation.inputs() - 1); // dA at first
    AdaptedLinear.backward(pass, down, adapters.get(down), s.down, dBranch, 0, dU);
    activation.backward(pass, s.inputs.outputs(), dU, gradients.outputs());
    inputs.backward(pass, adapters, s.inputs, gradients, null, dH); // dP at first
    if (norm != null) {
      norm.backward(pass, s.norm, dH, dH);
    }
    pass.kernels().add(1, dY, dH);
  }
}
