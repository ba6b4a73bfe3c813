package io.github.cola4j.data.template;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns dialogues into tokens and labels for a decoder language model.
 *
 * <p>Each segment of the rendered text is tokenised by itself, so that a prompt's tokens are the
 * same in training and in use. The texts of special tokens that stand in messages are plain text
 * there, unless they are to control the model. The first segment gets the special tokens that the
 * tokenizer puts before a text of its own, commonly one BOS, unless it begins with the BOS token's
 * text already.
 */
public final class DialogueEncoder {
  /** Why a dialogue is dropped whose prompt leaves no place for a token of the answer. */
  static final String PROMPT_TOO_LONG = "the prompt alone fills training.maxLength";

  /** Why a dialogue is dropped whose answers are all blank. */
  static final String EMPTY_ANSWER = "the answer is empty";

  /** Why a dialogue is dropped that the template refuses; the template's reason follows. */
  static final String UNWRITABLE = "the prompt template cannot write it: ";

  /** Why a dialogue is dropped that the tokenizer refuses; its reason follows. */
  static final String UNREADABLE = "the tokenizer cannot read it: ";

  private static final String ANSWER = "an answer";

  private final PromptTemplate template;
  private final Tokenizer tokenizer;
  private final int maxLength;
  private final boolean trainOnPrompt;

  /** The special tokens that are plain text in messages; none where they are read. */
  private final ControlTexts controls;

  /** What the tokenizer puts before a text of its own. */
  private final int[] prefix;

  private final String prefixText;

  /**
   * An encoder; the tokenizer stays the caller's.
   *
   * @param template how a dialogue is written
   * @param tokenizer one that does not truncate
   * @param maxLength tokens of a dialogue at most, from 2; answers are cut there
   * @param trainOnPrompt whether prompts are supervised too, not only answers
   * @param controlTokens whether special tokens in messages control the model, and are not text; in
   *     the assistant's they do in any case
   * @throws IllegalArgumentException if the template writes special tokens that the tokenizer does
   *     not have
   */
  public DialogueEncoder(
      PromptTemplate template,
      Tokenizer tokenizer,
      int maxLength,
      boolean trainOnPrompt,
      boolean controlTokens) {
    if (maxLength < 2) {
      throw new IllegalArgumentException("expected maxLength of at least 2, got " + maxLength);
    }
    List<String> unknown =
        template.specialTokens().stream().filter(t -> tokenizer.specialId(t) < 0).toList();
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "the prompt template writes the special tokens "
              + unknown
              + ", which the tokenizer does not have; take the template the model was made for, or"
              + " 'plain' or 'alpaca'");
    }
    this.template = template;
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
    this.trainOnPrompt = trainOnPrompt;
    this.controls = ControlTexts.of(controlTokens ? List.of() : tokenizer.specialTexts());
    this.prefix = prefix(tokenizer);
    this.prefixText = tokenizer.decode(prefix, true).strip();
  }

  /** Those tokens around {@code x} that stand before it. */
  private static int[] prefix(Tokenizer tokenizer) {
    int[] alone = tokenizer.ids("x", false);
    int[] around = tokenizer.ids("x", true);
    for (int n = 0; n + alone.length <= around.length; n++) {
      if (Arrays.equals(alone, Arrays.copyOfRange(around, n, n + alone.length))) {
        return Arrays.copyOf(around, n);
      }
    }
    return new int[0];
  }

  /**
   * A dialogue's tokens and labels: at t the id of token t+1 if that is supervised, else {@link
   * Sample#IGNORED}; so the last label always is. A dialogue that leaves nothing to learn, or that
   * the template cannot write, is dropped.
   */
  public Encoded encode(Dialogue dialogue) {
    boolean answered =
        dialogue.forTraining().messages().stream()
            .anyMatch(m -> m.isLearnt() && (m.fields().toolCalls() != null || !m.text().isBlank()));
    if (!answered) {
      return Encoded.dropped(EMPTY_ANSWER);
    }
    List<Segment> segments;
    ControlTexts.Marked marked;
    try {
      marked = controls.mark(dialogue);
      segments = template.render(marked.dialogue());
    } catch (IllegalArgumentException e) {
      return Encoded.dropped(UNWRITABLE + e.getMessage());
    }
    int[] ids = new int[0];
    boolean[] supervised = new boolean[0];
    for (Segment segment : segments) {
      int from = ids.length;
      try {
        ids = append(ids, segment.text(), marked.mark(), maxLength);
      } catch (IllegalArgumentException e) {
        return Encoded.dropped(UNREADABLE + e.getMessage());
      }
      supervised = Arrays.copyOf(supervised, ids.length);
      boolean learnt =
          segment.supervised() || (trainOnPrompt && segment.kind() == Segment.Kind.PROMPT);
      Arrays.fill(supervised, from, ids.length, learnt);
      if (ids.length > maxLength) {
        break;
      }
    }
    int length = Math.min(ids.length, maxLength);
    int[] labels = new int[length];
    Arrays.fill(labels, Sample.IGNORED);
    for (int t = 0; t + 1 < length; t++) {
      labels[t] = supervised[t + 1] ? ids[t + 1] : Sample.IGNORED;
    }
    if (Arrays.stream(labels).allMatch(label -> label == Sample.IGNORED)) {
      return Encoded.dropped(PROMPT_TOO_LONG);
    }
    boolean truncated = ids.length > maxLength;
    return Encoded.of(new Sample(Arrays.copyOf(ids, length), new int[length], labels), truncated);
  }

  /**
   * The tokens after which the assistant speaks, never truncated.
   *
   * @throws IllegalArgumentException if it is not the assistant's turn, or the template cannot
   *     render it
   */
  public int[] prompt(Dialogue dialogue) {
    ControlTexts.Marked marked = controls.mark(dialogue);
    return append(new int[0], template.prompt(marked.dialogue()), marked.mark(), Integer.MAX_VALUE);
  }

  /** The dialogues to learn in the place of one, as {@link PromptTemplate#parts}. */
  public List<Dialogue> parts(Dialogue dialogue) {
    return template.parts(dialogue);
  }

  /** The special tokens that the template writes at an answer's end: there a text stops. */
  public Set<Integer> endIds() {
    Set<Integer> ends = new LinkedHashSet<>();
    for (Segment segment : template.render(Dialogue.alpaca("x", null, ANSWER))) {
      if (segment.supervised()) {
        String text = segment.text();
        String end = text.substring(text.lastIndexOf(ANSWER) + ANSWER.length());
        Arrays.stream(tokenizer.ids(end, false))
            .filter(id -> tokenizer.specialText(id) != null)
            .forEach(ends::add);
      }
    }
    return ends;
  }

  /** Adds a text's tokens, or so many of them that there are more than {@code limit} in all. */
  private int[] append(int[] ids, String text, char mark, int limit) {
    for (ControlTexts.Piece piece : controls.pieces(text, mark)) {
      if (ids.length <= limit) {
        ids = append(ids, piece, limit - ids.length);
      }
    }
    return ids;
  }

  private int[] append(int[] ids, ControlTexts.Piece piece, int limit) {
    String text = piece.text();
    int[] more;
    if (piece.plain()) {
      more = tokenizer.plainContinuation(ids, text, limit);
      ids = ids.length > 0 ? ids : prefix;
    } else if (ids.length > 0) {
      more = tokenizer.continuation(ids, text, limit);
    } else {
      more = tokenizer.ids(text, false, limit);
      ids = !prefixText.isEmpty() && text.startsWith(prefixText) ? ids : prefix;
    }
    int[] both = Arrays.copyOf(ids, ids.length + more.length);
    System.arraycopy(more, 0, both, ids.length, more.length);
    return both;
  }
}
