package io.github.cola4j.nn.kernels.nd4j;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.NormKernels;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Normalisation of each token by ND4J. */
final class Nd4jNormKernels implements NormKernels {

  @Override
  public void layerNorm(Matrix x, Matrix gain, Matrix shift, double eps, Matrix y, Matrix stats) {
    INDArray mean = x.array().mean(true, 0);
    INDArray centred = x.array().subRowVector(mean);
    INDArray rstd = Transforms.pow(centred.mul(centred).mean(true, 0).addi(eps), -0.5, false);
    stats.rows(0, 1).array().assign(mean);
    stats.rows(1, 2).array().assign(rstd);
    centred.muliRowVector(rstd).muliColumnVector(gain.array()).addiColumnVector(shift.array());
    y.array().assign(centred);
  }

  @Override
  public void layerNormBackward(Matrix x, Matrix gain, Matrix stats, Matrix dY, Matrix dX) {
    INDArray mean = stats.rows(0, 1).array();
    INDArray rstd = stats.rows(1, 2).array();
    INDArray normalised = x.array().subRowVector(mean.dup()).muliRowVector(rstd.dup());
    INDArray g = dY.array().mulColumnVector(gain.array());
    INDArray projection = g.mul(normalised).mean(true, 0);
    INDArray result = g.subRowVector(g.mean(true, 0));
    result.subi(normalised.muliRowVector(projection)).muliRowVector(rstd.dup());
    dX.array().assign(result);
  }

  @Override
  public void rmsNorm(Matrix x, Matrix gain, double eps, Matrix y, Matrix scale) {
    INDArray rho = Transforms.pow(x.array().mul(x.array()).mean(true, 0).addi(eps), -0.5, false);
    scale.array().assign(rho);
    y.array().assign(x.array().mulRowVector(rho).muliColumnVector(gain.array()));
  }

  @Override
  public void rmsNormBackward(Matrix x, Matrix gain, Matrix scale, Matrix dY, Matrix dX) {
    INDArray rho = scale.array().dup();
    INDArray normalised = x.array().mulRowVector(rho);
    INDArray g = dY.array().mulColumnVector(gain.array());
    INDArray projection = g.mul(normalised).mean(true, 0);
    dX.array().assign(g.subi(normalised.muliRowVector(projection)).muliRowVector(rho));
  }
}
