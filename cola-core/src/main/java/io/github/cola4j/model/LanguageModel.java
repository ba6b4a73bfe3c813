package io.github.cola4j.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Sample;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * One task's language model on a shared frozen decoder: p(next token) = softmax(Eᵀ decoder(x;
 * adapters)). Labels are given for every token, {@link Sample#IGNORED} where none counts; the
 * projection to the vocabulary, its softmax and backward, and most of the last block are computed
 * where one counts only.
 */
public final class LanguageModel implements TaskModel {
  private final Decoder decoder;
  private final Parameters parameters;
  private final Adapters adapters;
  private final boolean recompute;
  private final OutputRegularizer regularizer; // null for none

  /** A language model without regularisers. */
  public LanguageModel(
      Decoder decoder, AdaptedModules modules, float[] initial, boolean recompute) {
    this(decoder, modules, initial, recompute, null);
  }

  /**
   * A language model whose parameters are all zero until {@link #theta()} is set.
   *
   * @param initial the factors' starting values ({@link AdaptedModules#initial})
   * @param recompute whether blocks are computed again in the backward instead of kept: half the
   *     memory or less, half as much work again, the same gradients
   * @param regularization added to the loss of training; null for none
   */
  public LanguageModel(
      Decoder decoder,
      AdaptedModules modules,
      float[] initial,
      boolean recompute,
      Regularization regularization) {
    this.regularizer = regularization == null ? null : new OutputRegularizer(regularization);
    this.decoder = decoder;
    this.parameters = Parameters.zeros(decoder.type(), modules.layout());
    this.adapters = parameters.adapters(modules, initial);
    this.recompute = recompute;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  /** The adapters, bound to θ. */
  public Adapters adapters() {
    return adapters;
  }

  @Override
  public int classes() {
    return 1;
  }

  @Override
  public double uniformLoss() {
    return Math.log(decoder.config().vocabSize());
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    adapters.refresh(pass, seed, training);
  }

  @Override
  public double loss(Pass pass, Batch inputs, int[] labels, double scale) {
    TokenBatch batch = TokenBatch.of(inputs);
    int[] chosen = supervised(batch, labels);
    if (chosen.length == 0) {
      return 0;
    }
    int d = decoder.config().hiddenSize();
    Matrix hidden = pass.matrix(d, chosen.length);
    Matrix dHidden = pass.matrix(d, chosen.length);
    Transformer.Saved saved = decoder.forward(pass, adapters, batch, chosen, recompute, hidden);
    Matrix frozen = null;
    if (regularizer != null) {
      frozen = pass.matrix(d, chosen.length);
      decoder.encode(pass, Adapters.NONE, batch, chosen, frozen);
      regularizer.reset();
    }
    int[] right = at(labels, chosen);
    DoubleSupplier loss =
        decoder.head().loss(pass, hidden, right, scale, frozen, regularizer, dHidden);
    saved.backward(pass, adapters, dHidden);
    return loss.getAsDouble();
  }

  @Override
  public double penalty() {
    return regularizer == null ? 0 : regularizer.penalty();
  }

  @Override
  public Answers answers(Pass pass, Batch inputs, int[] labels) {
    TokenBatch batch = TokenBatch.of(inputs);
    int[] chosen = supervised(batch, labels);
    Matrix hidden = hidden(pass, batch, chosen);
    return decoder.head().answers(pass, hidden, at(labels, chosen));
  }

  /**
   * The logits of some tokens [vocabulary × chosen], in the pass's working memory.
   *
   * @param chosen columns of the batch, ascending, at least one
   */
  public Matrix logits(Pass pass, TokenBatch batch, int[] chosen) {
    return decoder.head().logits(pass, hidden(pass, batch, chosen));
  }

  /** The logits of some entries of the vocabulary alone [entries × chosen]. */
  public Matrix logits(Pass pass, TokenBatch batch, int[] chosen, int[] entries) {
    return decoder.head().logits(pass, hidden(pass, batch, chosen), entries);
  }

  private Matrix hidden(Pass pass, TokenBatch batch, int[] chosen) {
    Matrix hidden = pass.matrix(decoder.config().hiddenSize(), chosen.length);
    if (chosen.length > 0) {
      decoder.encode(pass, adapters, batch, chosen, hidden);
    }
    return hidden;
  }

  private static int[] supervised(TokenBatch batch, int[] labels) {
    if (labels.length != batch.tokens()) {
      throw new IllegalArgumentException(
          "expected a label for each of " + batch.tokens() + " tokens, got " + labels.length);
    }
    return IntStream.range(0, labels.length).filter(t -> labels[t] != Sample.IGNORED).toArray();
  }

  private static int[] at(int[] labels, int[] chosen) {
    return IntStream.of(chosen).map(t -> labels[t]).toArray();
  }
}
