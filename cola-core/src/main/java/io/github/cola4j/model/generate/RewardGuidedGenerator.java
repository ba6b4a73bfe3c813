package io.github.cola4j.model.generate;

import io.github.cola4j.data.tokenizer.AnswerText;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.generate.SpeculativeGenerator.Draft;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Continues texts by steps (reward-guided speculative decoding, arXiv 2501.19324): a draft model
 * writes a step, a reward r scores the text with it, and the step stays if r is a threshold δ or
 * more; else the target writes the step instead, unscored. With ω the share of the draft's steps
 * that stay, a step's distribution is ω(r) P_draft + ν P_target, ν = 1 − E[ω(r)]. It is not the
 * target's distribution: the reward decides.
 *
 * <p>The text is one sequence of tokens, which both models and the reward read as it is. Texts are
 * written one after the other.
 */
public final class RewardGuidedGenerator implements Generator {
  private final Decoder target;
  private final TextGenerator alone;
  private final Draft draft;
  private final Rule rule;

  /**
   * What a step is, and which steps stay.
   *
   * @param steps for each step, what says of its tokens in turn whether one ends it
   * @param reward of the text with a step
   * @param threshold δ, of 0 to 1: at 0 every step of the draft stays
   */
  public record Rule(Supplier<IntPredicate> steps, Reward reward, double threshold) {
    /** The reward that a step must have unless something else is asked for. */
    public static final double THRESHOLD = 0.7;

    /** Checks the threshold. */
    public Rule {
      requireThreshold(threshold);
    }

    /** Refuses a threshold that cannot be meant. */
    public static void requireThreshold(double threshold) {
      if (!(threshold >= 0 && threshold <= 1)) {
        throw new IllegalArgumentException(
            "the reward threshold must be of 0 to 1, got " + threshold);
      }
    }

    /** Steps that end with an empty line. */
    public static Rule ofParagraphs(Tokenizer tokenizer, Reward reward, double threshold) {
      return new Rule(
          () -> {
            AnswerText step = new AnswerText(tokenizer, List.of("\n\n"));
            return id -> !step.add(id);
          },
          reward,
          threshold);
    }
  }

  /**
   * A generator on two decoders.
   *
   * @throws IllegalArgumentException if their vocabularies differ in size
   */
  public RewardGuidedGenerator(Decoder target, Draft draft, Rule rule) {
    SpeculativeGenerator.requireOneVocabulary(target, draft.decoder());
    this.target = target;
    this.alone = new TextGenerator(target);
    this.draft = draft;
    this.rule = rule;
  }

  @Override
  public int room(int promptLength, Sampling sampling) {
    return alone.room(promptLength, sampling);
  }

  @Override
  public void requireRoom(int promptLength) {
    alone.requireRoom(promptLength);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException also if a text may become longer than the draft model's
   *     positions
   */
  @Override
  public List<Written> generate(Pass pass, List<Text> texts, Sampling sampling, Sink sink) {
    int positions = draft.decoder().config().maxPositions();
    for (Text text : texts) {
      requireRoom(text.prompt().length);
      int room = room(text.prompt().length, sampling);
      if (room > positions) {
        throw new IllegalArgumentException(
            "a text of up to "
                + room
                + " tokens is longer than the draft model's "
                + positions
                + " positions; set fewer new tokens");
      }
    }
    return IntStream.range(0, texts.size())
        .mapToObj(place -> write(pass, place, texts.get(place), sampling, sink))
        .toList();
  }

  private Written write(Pass pass, int place, Text text, Sampling sampling, Sink sink) {
    int prompt = text.prompt().length;
    long number = text.number();
    int[] ids = Arrays.copyOf(text.prompt(), room(prompt, sampling));
    StepWriter drafts = new StepWriter(draft.decoder(), draft.adapters(), ids.length);
    StepWriter targets = new StepWriter(target, text.adapters(), ids.length);
    Speculation speculation = Speculation.NONE;
    int length = prompt;
    while (length < ids.length) {
      int end =
          drafts.write(
              pass,
              ids,
              length,
              isLast(text),
              (logits, at) -> sampling.choose(logits, number, at - prompt));
      int proposed = end - length;
      boolean stays = rule.reward.of(pass, Arrays.copyOf(ids, end)) >= rule.threshold;
      if (!stays) {
        drafts.forget(pass, length);
        end =
            targets.write(
                pass,
                ids,
                length,
                isLast(text),
                (logits, at) -> sampling.chooseAgain(logits, number, at - prompt));
      }
      speculation =
          speculation.plus(
              new Speculation(
                  stays ? 0 : end - length, proposed, stays ? proposed : 0, end - length));
      while (length < end) {
        int token = ids[length++];
        if (text.stopIds().contains(token) || !sink.accept(place, token)) {
          return new Written(true, speculation);
        }
      }
    }
    return new Written(false, speculation);
  }

  private IntPredicate isLast(Text text) {
    IntPredicate step = rule.steps.get();
    return id -> text.stopIds().contains(id) || step.test(id);
  }
}
