package io.github.cola4j.adapter.init;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.linalg.LinearAlgebra;
import io.github.cola4j.nn.linalg.TruncatedSvd;

/**
 * CoLA's extended PiSSA (arXiv 2505.15471, section 3.2; arXiv 2404.02948): with the r leading
 * singular triplets of W/s, Â = √S Vᵀ and B̂ = U √S, every A_i is Â/M and every B_j is B̂/N.
 */
public record PissaInitializer() implements AdapterInitializer {
  @Override
  public String name() {
    return "pissa";
  }

  @Override
  public boolean startsEqual() {
    return true;
  }

  @Override
  public void initialize(Module module, Matrix factorsA, Matrix factorsB) {
    TruncatedSvd svd =
        LinearAlgebra.truncatedSvd(module.linear().weight(), module.rank(), module.seed());
    for (int i = 0; i < module.a(); i++) {
      svd.copyRight(0, module.rank(), module.scaling(), 1.0 / module.a(), factorsA, i);
    }
    for (int j = 0; j < module.b(); j++) {
      svd.copyLeft(0, module.rank(), module.scaling(), 1.0 / module.b(), factorsB, j);
    }
  }
}
