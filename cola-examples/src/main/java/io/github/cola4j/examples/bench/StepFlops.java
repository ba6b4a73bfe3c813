package io.github.cola4j.examples.bench;

import io.github.cola4j.data.Sample;
import io.github.cola4j.model.TransformerConfig;
import java.util.List;

/**
 * The FLOPs of the products that a training step of an encoder cannot do without; a multiplication
 * and an addition are two. Element-wise work, the head and attention's scores computed a second
 * time do not count.
 *
 * <pre>
 *   frozen [out × in]      2 in out T forward, 2 in out T for dX
 *   adapter of width w+f   2 (w+f)(in+out) T forward; 2 (w+f)(in+out) T for dZ and dX,
 *                          2 w (in+out) T for dÃ and dC̃
 *   attention, n tokens    4 n² d forward, 8 n² d backward
 * </pre>
 *
 * No dX is needed of the query, key and value layers of the first block.
 *
 * @param layers blocks
 * @param d width
 * @param wide the feed-forward's width
 * @param trained w = k·r
 * @param fixed f, columns of the fixed pair
 */
record StepFlops(int layers, double d, double wide, int trained, int fixed) {

  StepFlops(TransformerConfig model, int trained, int fixed) {
    this(model.layers(), model.hiddenSize(), model.intermediateSize(), trained, fixed);
  }

  /** Forward and backward of a batch. */
  double of(List<Sample> samples) {
    double tokens = 0;
    double squares = 0;
    for (Sample sample : samples) {
      tokens += sample.length();
      squares += (double) sample.length() * sample.length();
    }
    double block = 4 * linear(d, d) + linear(d, wide) + linear(wide, d);
    double notNeeded = 3 * (2 * d * d + 2 * (trained + fixed) * d + 2 * fixed * d);
    return (layers * block - notNeeded) * tokens + layers * 12 * d * squares;
  }

  /** Of one token. */
  private double linear(double in, double out) {
    return 4 * in * out + (4 * (trained + fixed) + 2 * trained) * (in + out);
  }
}
