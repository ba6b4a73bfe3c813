package io.github.cola4j.model.generate;

import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A text while a draft model proposes its next tokens and the target model judges them. */
final class SpeculatedText {
  private final int place;
  private final Generator.Text text;
  private final int[] ids; // prompt, what is written, and then what is proposed
  private final TokenDistribution[]
      distributions; // what each proposal was drawn from; null where greedy
  private int length; // of prompt and what is written
  private int proposals; // of this pass
  private int wanted;
  private int inTarget; // tokens that are in the target's cache
  private int inDraft;
  private boolean ended;
  private Speculation speculation = Speculation.NONE;

  /**
   * A text of which only the prompt is known.
   *
   * @param place in the list of texts
   * @param room the most tokens of prompt and answer
   * @param tokens proposals of a pass at most
   */
  SpeculatedText(int place, Generator.Text text, int room, int tokens) {
    this.place = place;
    this.text = text;
    this.length = text.prompt().length;
    this.ids = Arrays.copyOf(text.prompt(), room);
    this.distributions = new TokenDistribution[tokens];
  }

  int place() {
    return place;
  }

  Generator.Text text() {
    return text;
  }

  /** Tokens of prompt and answer so far. */
  int length() {
    return length;
  }

  boolean isOpen() {
    return !ended && length < ids.length;
  }

  Generator.Written written() {
    return new Generator.Written(ended, speculation);
  }

  /**
   * Begins a pass.
   *
   * @param most proposals at most; there are fewer where the text is nearly full, since the target
   *     writes one more
   */
  void plan(int most) {
    proposals = 0;
    wanted = Math.max(0, Math.min(most, ids.length - length - 1));
  }

  boolean wantsMore() {
    return proposals < wanted;
  }

  /** What the draft has not seen yet, the last proposal included. */
  int[] takeForDraft() {
    int[] tokens = Arrays.copyOfRange(ids, inDraft, length + proposals);
    inDraft = length + proposals;
    return tokens;
  }

  /** Takes the draft's next token. */
  void propose(Sampling sampling, float[] logits) {
    int step = length - text.prompt().length + proposals;
    if (sampling.isGreedy()) {
      ids[length + proposals] = sampling.choose(logits, text.number(), step);
    } else {
      distributions[proposals] = sampling.distribution(logits);
      ids[length + proposals] = distributions[proposals].at(sampling.draw(text.number(), step));
    }
    proposals++;
  }

  /** What the target has not seen yet, all proposals included. */
  int[] takeForTarget() {
    int[] tokens = Arrays.copyOfRange(ids, inTarget, length + proposals);
    inTarget = length + proposals;
    return tokens;
  }

  /** How many of these tokens the target gives a distribution for what follows them. */
  int asked() {
    return proposals + 1;
  }

  /**
   * Writes the proposals that are accepted, and one token more: the target's own.
   *
   * @param logits of the target after the last token written and after each proposal [vocabulary ×
   *     (proposals + 1)]
   */
  void judge(Matrix logits, Sampling sampling, Generator.Sink sink) {
    int before = length;
    int accepted = 0;
    boolean goesOn = true;
    for (int i = 0; goesOn; i++) {
      float[] own = logits.columns(i, i + 1).toArray();
      int step = length - text.prompt().length;
      boolean isJudged = i < proposals;
      int token =
          isJudged && !sampling.isGreedy()
              ? judged(ids[length], distributions[i], sampling.distribution(own), sampling, step)
              : sampling.choose(own, text.number(), step);
      boolean isAccepted = isJudged && token == ids[length];
      accepted += isAccepted ? 1 : 0;
      ids[length++] = token;
      ended = text.stopIds().contains(token) || !sink.accept(place, token);
      goesOn = isAccepted && !ended;
    }
    int judged = ended ? Math.min(proposals, length - before) : proposals;
    speculation = speculation.plus(new Speculation(1, judged, accepted, length - before));
    inTarget = Math.min(inTarget, before + accepted);
    inDraft = Math.min(inDraft, before + accepted);
  }

  /** The proposal with probability min(1, p/q), else a token of max(0, p − q). */
  private int judged(
      int proposal, TokenDistribution q, TokenDistribution p, Sampling sampling, int step) {
    SplittableRandom draws = sampling.further(text.number(), step);
    return draws.nextDouble() * q.probability(proposal) < p.probability(proposal)
        ? proposal
        : p.without(q).at(draws.nextDouble());
  }

  /** Tokens that stay in the target's cache. */
  int inTarget() {
    return inTarget;
  }

  /** Tokens that stay in the draft's cache. */
  int inDraft() {
    return inDraft;
  }
}
