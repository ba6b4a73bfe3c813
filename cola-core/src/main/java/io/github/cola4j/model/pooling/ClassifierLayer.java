package io.github.cola4j.model.pooling;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.nn.layer.LayerNorm;
import io.github.cola4j.nn.weight.Weight;

/**
 * The layer that an architecture's own classifier has below its last linear one, frozen: E =
 * N(act(W P + b)), P [d × sequences] the tokens that it looks at.
 *
 * @param tokens gives P
 * @param dense W [d × d] and b
 * @param norm N; null for none
 */
public record ClassifierLayer(
    Pooler tokens, FrozenLinear dense, Activation activation, LayerNorm norm) implements Pooler {

  @Override
  public Pooler.Saved forward(Pass pass, Matrix hidden, TokenBatch batch, Matrix pooled) {
    Matrix p = pass.matrix(pooled.rows(), pooled.columns());
    Pooler.Saved chosen = tokens.forward(pass, hidden, batch, p);
    Matrix z = pass.matrix(pooled.rows(), pooled.columns());
    dense.forward(pass, p, z);
    Matrix a = norm == null ? pooled : pass.matrix(pooled.rows(), pooled.columns());
    activation.forward(pass, z, a);
    LayerNorm.Saved normalised = norm == null ? null : norm.forward(pass, a, pooled);
    return (backward, dPooled, dHidden) ->
        backward(backward, chosen, z, normalised, dPooled, dHidden);
  }

  private void backward(
      Pass pass,
      Pooler.Saved chosen,
      Matrix z,
      LayerNorm.Saved normalised,
      Matrix dPooled,
      Matrix dHidden) {
    Matrix dA = dPooled;
    if (norm != null) {
      dA = pass.matrix(z.rows(), z.columns());
      norm.backward(pass, normalised, dPooled, dA);
    }
    Matrix dZ = pass.matrix(z.rows(), z.columns());
    activation.backward(pass, z, dA, dZ);
    Matrix dP = pass.matrix(z.rows(), z.columns());
    dense.backward(pass, dZ, 0, dP);
    chosen.backward(pass, dP, dHidden);
  }

  /** The number of frozen parameters, a shift of the norm that is 0 among them. */
  public long parameters() {
    Weight weight = dense.weight();
    long vectors = (dense.bias() == null ? 0 : 1) + (norm == null ? 0 : 2);
    return (long) weight.out() * weight.in() + vectors * weight.out();
  }
}
