package io.github.cola4j.model;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.loss.OutputRegularizer;
import io.github.cola4j.model.loss.Regularization;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * One task's language model on a shared frozen decoder: p(next token) = softmax(Eᵀ decoder(x;
 * adapters)). Labels are given for every token, {@link Sample#IGNORED} where none counts; the
 * projection to the vocabulary, its softmax and backward, and most of the last block are computed
 * where one counts only.
 */
public final class LanguageModel implements TaskModel {
  private static final String NO_WEIGHTS =
      "examples of language models have no weights; leave them out";

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
    if (modules.config().tokenMerging() != null) {
      throw TokenMerging.refusal(decoder.config().modelType());
    }
    this.regularizer = regularization == null ? null : new OutputRegularizer(regularization);
    this.decoder = decoder;
    this.parameters = Parameters.zeros(decoder.type(), modules.layout());
    this.adapters = parameters.adapters(modules, initial);
    this.recompute = recompute;
  }

  /**
   * A trained adapter, refreshed, to write text with.
   *
   * @param initial the factors' starting values
   * @param theta what was trained
   */
  public static Adapters trained(
      Pass pass, Decoder decoder, AdapterConfig config, float[] initial, float[] theta) {
    AdaptedModules modules = new AdaptedModules(decoder.linears(), config);
    LanguageModel model = new LanguageModel(decoder, modules, initial, false);
    model.theta().set(theta);
    pass.startEvaluation();
    model.refresh(pass, 0, false);
    return model.adapters();
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
    Part part = new Part(this, TokenBatch.of(inputs), labels, null, scale);
    return losses(pass, new Supervised(List.of(part)), adapters)[0];
  }

  @Override
  public boolean joins(TaskModel other) {
    return other instanceof LanguageModel model
        && model.decoder == decoder
        && model.recompute == recompute;
  }

  @Override
  public double[] losses(Pass pass, List<Part> parts) {
    Supervised supervised = new Supervised(parts);
    List<Adapters> all = parts.stream().map(part -> of(part).adapters).toList();
    return losses(
        pass, supervised, Adapters.mixed(all, supervised.starts(), supervised.chosenStarts()));
  }

  private double[] losses(Pass pass, Supervised parts, Adapters mixed) {
    if (parts.parts().stream().anyMatch(part -> part.weights() != null)) {
      throw new IllegalArgumentException(NO_WEIGHTS);
    }
    double[] losses = new double[parts.parts().size()];
    int[] chosen = parts.chosen();
    if (chosen.length == 0) {
      return losses;
    }
    int d = decoder.config().hiddenSize();
    Matrix hidden = pass.matrix(d, chosen.length);
    Matrix dHidden = pass.matrix(d, chosen.length);
    TokenBatch batch = parts.batch();
    Transformer.Saved saved = decoder.forward(pass, mixed, batch, chosen, recompute, hidden);
    Matrix frozen = null;
    if (parts.parts().stream().anyMatch(part -> of(part).regularizer != null)) {
      frozen = pass.matrix(d, chosen.length);
      decoder.encode(pass, Adapters.NONE, batch, chosen, frozen);
    }
    DoubleSupplier[] later = new DoubleSupplier[losses.length];
    for (int p = 0; p < losses.length; p++) {
      int from = parts.chosenStarts()[p];
      int to = parts.chosenStarts()[p + 1];
      OutputRegularizer own = of(parts.parts().get(p)).regularizer;
      if (own != null) {
        own.reset();
      }
      later[p] =
          decoder
              .head()
              .loss(
                  pass,
                  hidden.columns(from, to),
                  parts.labels(p),
                  parts.parts().get(p).scale(),
                  own == null ? null : frozen.columns(from, to),
                  own,
                  dHidden.columns(from, to));
    }
    saved.backward(pass, mixed, dHidden);
    Arrays.setAll(losses, p -> later[p].getAsDouble());
    return losses;
  }

  private static LanguageModel of(Part part) {
    return (LanguageModel) part.model();
  }

  @Override
  public double penalty() {
    return regularizer == null ? 0 : regularizer.penalty();
  }

  @Override
  public Answers answers(Pass pass, Batch inputs, int[] labels) {
    TokenBatch batch = TokenBatch.of(inputs);
    Supervised supervised = new Supervised(List.of(new Part(this, batch, labels, null, 1)));
    Matrix hidden = hidden(pass, batch, supervised.chosen());
    return decoder.head().answers(pass, hidden, supervised.labels(0));
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

  /**
   * Which tokens of some parts' batches, side by side, are labelled: there alone a language model's
   * last hidden states are needed.
   *
   * @param batch all parts' sequences
   * @param starts where each part's tokens start in it, and their number at the end
   * @param chosen the labelled tokens, ascending
   * @param chosenStarts where each part's start among these, and their number at the end
   */
  private record Supervised(
      List<Part> parts, TokenBatch batch, int[] starts, int[] chosen, int[] chosenStarts) {

    Supervised(List<Part> parts) {
      this(parts, starts(parts));
    }

    private Supervised(List<Part> parts, int[] starts) {
      this(parts, starts, parts.stream().map(Supervised::chosen).toList());
    }

    private Supervised(List<Part> parts, int[] starts, List<int[]> chosen) {
      this(
          parts,
          TokenBatch.sideBySide(parts.stream().map(part -> TokenBatch.of(part.batch())).toList()),
          starts,
          IntStream.range(0, parts.size())
              .flatMap(p -> Arrays.stream(chosen.get(p)).map(t -> starts[p] + t))
              .toArray(),
          IntStream.rangeClosed(0, parts.size())
              .map(p -> chosen.subList(0, p).stream().mapToInt(own -> own.length).sum())
              .toArray());
    }

    /** The labels of one part's labelled tokens. */
    int[] labels(int part) {
      return Arrays.stream(parts.get(part).labels())
          .filter(label -> label != Sample.IGNORED)
          .toArray();
    }

    private static int[] starts(List<Part> parts) {
      return IntStream.rangeClosed(0, parts.size())
          .map(p -> parts.subList(0, p).stream().mapToInt(part -> part.batch().tokens()).sum())
          .toArray();
    }

    private static int[] chosen(Part part) {
      int[] labels = part.labels();
      if (labels.length != part.batch().tokens()) {
        throw new IllegalArgumentException(
            "expected a label for each of "
                + part.batch().tokens()
                + " tokens, got "
                + labels.length);
      }
      return IntStream.range(0, labels.length).filter(t -> labels[t] != Sample.IGNORED).toArray();
    }
  }
}
