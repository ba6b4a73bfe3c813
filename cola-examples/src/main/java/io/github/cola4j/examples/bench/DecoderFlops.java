package io.github.cola4j.examples.bench;

import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.CausalAttention;
import java.util.List;

/**
 * The FLOPs of the products that a training step of a decoder cannot do without; a multiplication
 * and an addition are two. Element-wise work, attention's scores computed a second time and
 * recomputed blocks do not count, nor does what only padding or unlabelled columns would need.
 *
 * <pre>
 *   frozen [out × in]      2 in out n forward, 2 in out n for dX
 *   adapter of width w+f   2 (w+f)(in+out) n forward; 2 (w+f)(in+out) n for dZ and dX,
 *                          2 w (in+out) n for dÃ and dC̃
 *   attention              4 h dh forward, 8 h dh backward for each query and key that it sees
 *   vocabulary             2 d V L forward, 2 d V L for dX
 * </pre>
 *
 * for n columns: all T tokens, in the last block the L labelled ones except for keys and values. No
 * dX is needed of the query, key and value layers of the first block.
 *
 * @param model the decoder's architecture
 * @param inner matrices that widen a feed-forward: gate and up, or up alone
 * @param trained w = k·r
 * @param fixed f, columns of the fixed pair
 */
record DecoderFlops(Decoder.Config model, int inner, int trained, int fixed) {

  /** Of a decoder, whose feed-forward has what attention leaves of its linear layers. */
  static DecoderFlops of(Decoder decoder, int trained, int fixed) {
    Decoder.Config model = decoder.config();
    CausalAttention form = model.attention().get(0);
    double heads = 2.0 * (form.heads() + form.numKeyValueHeads()) * form.width();
    double all = decoder.linears().stream().mapToDouble(l -> (double) l.in() * l.out()).sum();
    double perFeature = all / model.layers() / model.hiddenSize();
    long matrices = Math.round((perFeature - heads) / model.intermediateSize());
    return new DecoderFlops(model, (int) matrices - 1, trained, fixed);
  }

  /** Forward and backward of samples, each labelled token by token. */
  double of(List<Sample> samples) {
    double flops = 0;
    for (Sample sample : samples) {
      flops += of(sample);
    }
    return flops;
  }

  private double of(Sample sample) {
    double tokens = sample.length();
    double labelled = sample.supervised();
    double d = model.hiddenSize();
    double wide = model.intermediateSize();
    CausalAttention form = model.attention().get(0);
    double queries = form.heads() * form.width();
    double keys = form.numKeyValueHeads() * form.width();
    double perToken = 2 * linear(d, keys);
    double perQuery = linear(d, queries) + linear(queries, d) + inner * linear(d, wide);
    perQuery += linear(wide, d);
    int layers = model.layers();
    double first = layers == 1 ? labelled : tokens;
    double notNeeded = tokens * 2 * noInput(d, keys) + first * noInput(d, queries);
    double flops = layers * tokens * perToken - notNeeded;
    flops += ((layers - 1) * tokens + labelled) * perQuery;
    for (int i = 0; i < layers; i++) {
      flops += 12 * queries * seen(sample, model.attention().get(i), i == layers - 1);
    }
    return flops + 4 * d * model.vocabSize() * labelled;
  }

  /** Of one column, forward and backward. */
  private double linear(double in, double out) {
    return 4 * in * out + (4 * (trained + fixed) + 2 * trained) * (in + out);
  }

  /** What a layer's backward does for dX alone. */
  private double noInput(double in, double out) {
    return 2 * in * out + 2 * (trained + fixed) * in + 2 * fixed * out;
  }

  /** How many keys the queries see together. */
  private static double seen(Sample sample, CausalAttention form, boolean labelledOnly) {
    double seen = 0;
    for (int t = 0; t < sample.length(); t++) {
      if (!labelledOnly || sample.labels()[t] != Sample.IGNORED) {
        seen += form.window() == 0 ? t + 1 : Math.min(t + 1, form.window());
      }
    }
    return seen;
  }
}
