package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.ActivationKernels;
import io.github.cola4j.nn.Matrix;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Activations by ND4J. */
final class Nd4jActivationKernels implements ActivationKernels {
  private static final double CUBE = 0.044715;
  private static final double ROOT = Math.sqrt(2 / Math.PI);

  @Override
  public void gelu(Matrix x, Matrix y) {
    y.array().assign(normalDistribution(x.array()).muli(x.array()));
  }

  @Override
  public void geluBackward(Matrix x, Matrix dY, Matrix dX) {
    INDArray density =
        Transforms.exp(x.array().mul(x.array()).muli(-0.5), false).muli(1 / Math.sqrt(2 * Math.PI));
    INDArray slope = normalDistribution(x.array()).addi(density.muli(x.array()));
    dX.array().assign(slope.muli(dY.array()));
  }

  @Override
  public void geluTanh(Matrix x, Matrix y) {
    y.array().assign(gateOfGelu(x.array()).muli(x.array()));
  }

  @Override
  public void geluTanhBackward(Matrix x, Matrix dY, Matrix dX) {
    INDArray sigmoid = gateOfGelu(x.array());
    INDArray inner = x.array().mul(x.array()).muli(3 * CUBE).addi(1).muli(2 * ROOT);
    INDArray slope = sigmoid.mul(sigmoid.rsub(1)).muli(inner).muli(x.array()).addi(sigmoid);
    dX.array().assign(slope.muli(dY.array()));
  }

  @Override
  public void cap(double c, Matrix x, Matrix y) {
    y.array().assign(Transforms.tanh(x.array().div(c), false).muli(c));
  }

  @Override
  public void capBackward(double c, Matrix y, Matrix dY, Matrix dX) {
    INDArray height = y.array().div(c);
    dX.array().assign(height.muli(height).rsubi(1).muli(dY.array()));
  }

  /** σ(2 √(2/π) (x + 0.044715 x³)). */
  private static INDArray gateOfGelu(INDArray x) {
    INDArray inner = x.mul(x).muli(CUBE).addi(1).muli(x).muli(2 * ROOT);
    return Transforms.sigmoid(inner, false);
  }

  @Override
  public void swiGlu(Matrix gate, Matrix up, Matrix y) {
    INDArray sigmoid = Transforms.sigmoid(gate.array(), true);
    y.array().assign(sigmoid.muli(gate.array()).muli(up.array()));
  }

  @Override
  public void swiGluBackward(Matrix gate, Matrix up, Matrix dY, Matrix dGate, Matrix dUp) {
    INDArray sigmoid = Transforms.sigmoid(gate.array(), true);
    INDArray silu = sigmoid.mul(gate.array());
    INDArray slope = sigmoid.mul(gate.array().sub(silu).addi(1));
    INDArray dG = slope.muli(dY.array()).muli(up.array());
    INDArray dU = silu.muli(dY.array());
    dGate.array().assign(dG);
    dUp.array().assign(dU);
  }

  @Override
  public void softmax(Matrix x, Matrix y) {
    INDArray shifted = x.array().subRowVector(x.array().max(true, 0));
    INDArray weights = Transforms.exp(shifted, false);
    y.array().assign(weights.diviRowVector(weights.sum(true, 0)));
  }

  @Override
  public void softmaxBackward(Matrix y, Matrix dY, Matrix dX) {
    INDArray centre = y.array().mul(dY.array()).sum(true, 0);
    dX.array().assign(dY.array().subRowVector(centre).muli(y.array()));
  }

  @Override
  public double crossEntropy(Matrix logits, int[] labels, double scale, Matrix dLogits) {
    INDArray z = logits.array();
    INDArray shifted = z.subRowVector(z.max(true, 0));
    INDArray exp = Transforms.exp(shifted, true);
    INDArray sum = exp.sum(true, 0);
    INDArray logs = Transforms.log(sum, true);
    double loss = 0;
    exp.diviRowVector(sum);
    for (int t = 0; t < labels.length; t++) {
      loss += logs.getDouble(0, t) - shifted.getDouble(labels[t], t);
      exp.putScalar(labels[t], t, exp.getDouble(labels[t], t) - 1);
    }
    dLogits.array().assign(exp.muli(scale));
    return loss;
  }

  /** Φ(x) = (1 + erf(x/√2)) / 2. */
  private static INDArray normalDistribution(INDArray x) {
    INDArray scaled = x.mul(Math.sqrt(0.5));
    Nd4j.getExecutioner().exec(new Erf(scaled, scaled));
    return scaled.addi(1).muli(0.5);
  }
}
