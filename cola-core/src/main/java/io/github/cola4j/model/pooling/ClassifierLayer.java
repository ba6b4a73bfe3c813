package io.github.cola4j.model.pooling;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.weight.Weight;

/**
 * The layer that an architecture's own classifier has below its last linear one, frozen: E = act(W
 * P + b), P [d × sequences] the tokens that it looks at.
 *
 * @param tokens gives P
 * @param dense W [d × d] and b
 */
public record ClassifierLayer(Pooler tokens, FrozenLinear dense, Activation activation)
    implements Pooler {

  @Override
  public Pooler.Saved forward(Pass pass, Matrix hidden, TokenBatch batch, Matrix pooled) {
    Matrix p = pass.matrix(pooled.rows(), pooled.columns());
    Pooler.Saved chosen = tokens.forward(pass, hidden, batch, p);
    Matrix z = pass.matrix(pooled.rows(), pooled.columns());
    dense.forward(pass, p, z);
    activation.forward(pass, z, pooled);
    return (backward, dPooled, dHidden) -> backward(backward, chosen, z, dPooled, dHidden);
  }

  private void backward(Pass pass, Pooler.Saved chosen, Matrix z, Matrix dPooled, Matrix dHidden) {
    Matrix dZ = pass.matrix(z.rows(), z.columns());
    activation.backward(pass, z, dPooled, dZ);
    Matrix dP = pass.matrix(z.rows(), z.columns());
    dense.backward(pass, dZ, 0, dP);
    chosen.backward(pass, dP, dHidden);
  }

  /** The number of frozen parameters. */
  public long parameters() {
    Weight weight = dense.weight();
    return (long) weight.out() * weight.in() + (dense.bias() == null ? 0 : weight.out());
  }
}
