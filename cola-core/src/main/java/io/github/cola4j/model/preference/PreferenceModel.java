package io.github.cola4j.model.preference;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.Transformer;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.PairBatch;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * One task's language model that learns which of two answers is preferred ({@link
 * PreferenceConfig}): the policy π is a frozen decoder with adapters, and the reference π₀ the same
 * decoder without them, at the cost of one more forward. log π of an answer is the sum over its
 * tokens. Both answers of a pair are in one batch, so that one backward has the gradients of both:
 *
 * <pre>
 *   d(−log π(chosen)) = −β L'(z),   d(−log π(rejected)) = β L'(z)
 * </pre>
 *
 * <p>A pair has one label: the answer that is preferred, 0, since it comes first.
 */
public final class PreferenceModel implements TaskModel {
  private final Decoder decoder;
  private final Parameters parameters;
  private final Adapters adapters;
  private final boolean recompute;
  private final PreferenceConfig config;

  /**
   * A model whose parameters are all zero until {@link #theta()} is set.
   *
   * @param initial the factors' starting values ({@link AdaptedModules#initial})
   * @param recompute whether blocks are computed again in the backward instead of kept
   */
  public PreferenceModel(
      Decoder decoder,
      AdaptedModules modules,
      float[] initial,
      boolean recompute,
      PreferenceConfig config) {
    this.decoder = decoder;
    this.parameters = Parameters.zeros(decoder.type(), modules.layout());
    this.adapters = parameters.adapters(modules, initial);
    this.recompute = recompute;
    this.config = config;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public int classes() {
    return 1;
  }

  /** ln 2, the loss of equal answers: that of every pair where training starts at the reference. */
  @Override
  public double uniformLoss() {
    return Math.log(2);
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    adapters.refresh(pass, seed, training);
  }

  @Override
  public double loss(Pass pass, Batch inputs, int[] labels, double scale) {
    Answered answered = new Answered(PairBatch.of(inputs));
    Matrix hidden = matrix(pass, answered);
    Matrix dHidden = matrix(pass, answered);
    Transformer.Saved saved =
        decoder.forward(
            pass, adapters, answered.pairs().tokens(), answered.chosen(), recompute, hidden);
    double[] margins = margins(pass, answered, hidden);
    double sum = 0;
    for (int pair = 0; pair < margins.length; pair++) {
      sum += config.loss(margins[pair]);
      double slope = scale * config.beta() * config.slope(margins[pair]);
      backward(pass, answered, 2 * pair, -slope, hidden, dHidden);
      backward(pass, answered, 2 * pair + 1, slope, hidden, dHidden);
    }
    saved.backward(pass, adapters, dHidden);
    return sum;
  }

  /** An answer's share of dHidden, scale · d(−log π). */
  private void backward(
      Pass pass, Answered answered, int sequence, double scale, Matrix hidden, Matrix dHidden) {
    decoder
        .head()
        .loss(
            pass,
            answered.of(sequence, hidden),
            answered.targets(sequence),
            scale,
            null,
            null,
            answered.of(sequence, dHidden));
  }

  @Override
  public Answers answers(Pass pass, Batch inputs, int[] labels) {
    Answered answered = new Answered(PairBatch.of(inputs));
    Matrix hidden = matrix(pass, answered);
    decoder.encode(pass, adapters, answered.pairs().tokens(), answered.chosen(), hidden);
    double[] margins = margins(pass, answered, hidden);
    return new Answers(
        Arrays.stream(margins).mapToInt(z -> z > 0 ? 0 : 1).toArray(),
        Arrays.stream(margins).map(PreferenceConfig::logSigmoid).toArray(),
        margins);
  }

  /** z of each pair, with the reference computed for it. */
  private double[] margins(Pass pass, Answered answered, Matrix hidden) {
    Matrix frozen = matrix(pass, answered);
    decoder.encode(pass, Adapters.NONE, answered.pairs().tokens(), answered.chosen(), frozen);
    double[] policy = logProbabilities(pass, answered, hidden);
    double[] reference = logProbabilities(pass, answered, frozen);
    return IntStream.range(0, answered.pairs().pairs())
        .mapToDouble(
            p ->
                config.beta()
                    * (policy[2 * p]
                        - reference[2 * p]
                        - (policy[2 * p + 1] - reference[2 * p + 1])))
        .toArray();
  }

  /** log π of each sequence's answer. */
  private double[] logProbabilities(Pass pass, Answered answered, Matrix hidden) {
    DoubleSupplier[] later = new DoubleSupplier[answered.pairs().tokens().sequences()];
    for (int s = 0; s < later.length; s++) {
      later[s] = decoder.head().logProbability(pass, answered.of(s, hidden), answered.targets(s));
    }
    return Arrays.stream(later).mapToDouble(DoubleSupplier::getAsDouble).toArray();
  }

  private Matrix matrix(Pass pass, Answered answered) {
    return pass.matrix(decoder.config().hiddenSize(), answered.chosen().length);
  }

  /**
   * Which tokens of pairs have a target: there alone hidden states are needed.
   *
   * @param chosen these tokens, ascending
   * @param starts where each sequence's start among these, and their number at the end
   */
  private record Answered(PairBatch pairs, int[] chosen, int[] starts) {
    Answered(PairBatch pairs) {
      this(
          pairs,
          IntStream.range(0, pairs.targets().length)
              .filter(t -> pairs.targets()[t] != Sample.IGNORED)
              .toArray());
    }

    private Answered(PairBatch pairs, int[] chosen) {
      this(
          pairs,
          chosen,
          Arrays.stream(pairs.tokens().starts())
              .map(start -> (int) Arrays.stream(chosen).filter(t -> t < start).count())
              .toArray());
    }

    Matrix of(int sequence, Matrix columns) {
      return columns.columns(starts[sequence], starts[sequence + 1]);
    }

    int[] targets(int sequence) {
      return IntStream.range(starts[sequence], starts[sequence + 1])
          .map(i -> pairs.targets()[chosen[i]])
          .toArray();
    }
  }
}
