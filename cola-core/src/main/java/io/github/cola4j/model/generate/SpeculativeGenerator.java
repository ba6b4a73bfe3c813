package io.github.cola4j.model.generate;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Continues texts as {@link TextGenerator} does, by fewer passes of the model, the target: a
 * smaller model, the draft, proposes γ tokens one by one, and one pass of the target gives the
 * distributions p of all of them (speculative decoding, arXiv 2211.17192 and 2302.01318). With q
 * the draft's, both after temperature, top-k and top-p, a proposal x is accepted with probability
 * min(1, p(x) / q(x)); the first that is not is replaced by a token of max(0, p − q), scaled to add
 * up to one, and what was proposed after it is forgotten. After γ accepted ones the target writes
 * one more.
 *
 * <p>The distribution of a text is the target's. Greedy text is the target's, unless two logits are
 * so close that the rounding of a pass over several tokens decides.
 */
public final class SpeculativeGenerator implements Generator {
  private final Decoder target;
  private final TextGenerator alone;
  private final Draft draft;

  /**
   * A model that proposes tokens.
   *
   * @param decoder of the target's vocabulary
   * @param adapters refreshed; for all texts
   * @param tokens γ, proposals of a pass at most
   */
  public record Draft(Decoder decoder, Adapters adapters, int tokens) {
    /** Proposals of a pass unless something else is asked for. */
    public static final int TOKENS = 4;

    /** Checks the number of proposals. */
    public Draft {
      requireTokens(tokens);
    }

    /** Refuses a number of proposals that cannot be meant. */
    public static void requireTokens(int tokens) {
      if (tokens < 1) {
        throw new IllegalArgumentException("draft tokens must be at least 1, got " + tokens);
      }
    }
  }

  /**
   * A generator on two decoders.
   *
   * @throws IllegalArgumentException if their vocabularies differ in size
   */
  public SpeculativeGenerator(Decoder target, Draft draft) {
    requireOneVocabulary(target, draft.decoder());
    this.target = target;
    this.alone = new TextGenerator(target);
    this.draft = draft;
  }

  /** Refuses models of different vocabularies. */
  static void requireOneVocabulary(Decoder target, Decoder draft) {
    int expected = target.config().vocabSize();
    int got = draft.config().vocabSize();
    if (got != expected) {
      throw new IllegalArgumentException(
          "the draft model has a vocabulary of "
              + got
              + " tokens, the target of "
              + expected
              + "; expected two models of one tokenizer");
    }
  }

  @Override
  public int room(int promptLength, Sampling sampling) {
    return alone.room(promptLength, sampling);
  }

  @Override
  public void requireRoom(int promptLength) {
    alone.requireRoom(promptLength);
  }

  @Override
  public List<Written> generate(Pass pass, List<Text> texts, Sampling sampling, Sink sink) {
    texts.forEach(text -> requireRoom(text.prompt().length));
    int[] rooms = texts.stream().mapToInt(t -> room(t.prompt().length, sampling)).toArray();
    int positions = draft.decoder().config().maxPositions();
    Decoder.Continuation targets = target.start(rooms);
    Decoder.Continuation drafts =
        draft.decoder().start(Arrays.stream(rooms).map(r -> Math.min(r, positions)).toArray());
    requireForgetting("target", targets);
    requireForgetting("draft", drafts);
    List<SpeculatedText> all =
        IntStream.range(0, rooms.length)
            .mapToObj(i -> new SpeculatedText(i, texts.get(i), rooms[i], draft.tokens()))
            .toList();
    List<SpeculatedText> open = new ArrayList<>(all);
    while (!open.isEmpty()) {
      for (SpeculatedText text : open) {
        int n = text.length();
        int revocable = Math.min(targets.revocable(n), drafts.revocable(n));
        text.plan(Math.min(Math.min(draft.tokens(), revocable), positions - n));
      }
      propose(pass, drafts, open, sampling);
      judge(pass, targets, open, sampling, sink);
      open.removeIf(text -> !text.isOpen());
      for (SpeculatedText text : open) {
        targets.truncate(pass, text.place(), text.inTarget());
        drafts.truncate(pass, text.place(), text.inDraft());
      }
    }
    return all.stream().map(SpeculatedText::written).toList();
  }

  private static void requireForgetting(String which, Decoder.Continuation sequences) {
    if (sequences.revocable(0) == 0) {
      throw new IllegalArgumentException(
          "the "
              + which
              + " model's architecture cannot forget tokens that were rejected; generate without a"
              + " draft");
    }
  }

  private void propose(
      Pass pass, Decoder.Continuation drafts, List<SpeculatedText> open, Sampling sampling) {
    List<SpeculatedText> proposing = open.stream().filter(SpeculatedText::wantsMore).toList();
    while (!proposing.isEmpty()) {
      pass.startEvaluation();
      TokenBatch batch =
          Columns.batch(proposing.stream().map(SpeculatedText::takeForDraft).toList());
      Matrix hidden = drafts.extend(pass, draft.adapters(), batch, places(proposing));
      Matrix logits = draft.decoder().head().logits(pass, hidden);
      for (int s = 0; s < proposing.size(); s++) {
        proposing.get(s).propose(sampling, logits.columns(s, s + 1).toArray());
      }
      proposing = proposing.stream().filter(SpeculatedText::wantsMore).toList();
    }
  }

  private void judge(
      Pass pass,
      Decoder.Continuation targets,
      List<SpeculatedText> open,
      Sampling sampling,
      Sink sink) {
    pass.startEvaluation();
    int[] asked = open.stream().mapToInt(SpeculatedText::asked).toArray();
    TokenBatch batch = Columns.batch(open.stream().map(SpeculatedText::takeForTarget).toList());
    Adapters adapters =
        Columns.mixed(open.stream().map(text -> text.text().adapters()).toList(), batch, asked);
    Matrix hidden = targets.extend(pass, adapters, batch, places(open), asked);
    Matrix logits = target.head().logits(pass, hidden);
    int from = 0;
    for (int s = 0; s < asked.length; s++) {
      open.get(s).judge(logits.columns(from, from + asked[s]), sampling, sink);
      from += asked[s];
    }
  }

  private static int[] places(List<SpeculatedText> texts) {
    return texts.stream().mapToInt(SpeculatedText::place).toArray();
  }
}
