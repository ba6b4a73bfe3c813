package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.OptimizerKernels;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The optimiser by ND4J. */
final class Nd4jOptimizerKernels implements OptimizerKernels {

  @Override
  public double sumOfSquares(Matrix x) {
    return x.array().mul(x.array()).sumNumber().doubleValue();
  }

  @Override
  public void adamW(Matrix theta, Matrix m, Matrix v, Matrix gradient, Kernels.AdamWStep step) {
    INDArray g = gradient.array().mul(step.gradientScale());
    theta.array().muli(1 - step.learningRate() * step.decay());
    m.array().muli(step.beta1()).addi(g.mul(1 - step.beta1()));
    v.array().muli(step.beta2()).addi(g.muli(g).muli(1 - step.beta2()));
    double correction1 = 1 - Math.pow(step.beta1(), step.step());
    double correction2 = 1 - Math.pow(step.beta2(), step.step());
    INDArray root = Transforms.sqrt(v.array().div(correction2), false).addi(step.eps());
    theta.array().subi(m.array().div(root).muli(step.learningRate() / correction1));
  }
}
