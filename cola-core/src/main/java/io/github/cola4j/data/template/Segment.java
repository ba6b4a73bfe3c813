package io.github.cola4j.data.template;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a rendered dialogue.
 *
 * @param text not empty
 * @param kind what it is
 */
public record Segment(String text, Kind kind) {
  /** What the model does with a piece. */
  public enum Kind {
    /** What is given, and learnt where prompts are. */
    PROMPT,
    /** What the model learns to write: an answer with the mark of its end. */
    ANSWER,
    /** An answer that is given, and never learnt. */
    UNLEARNT
  }

  /** A prompt or, if supervised, an answer. */
  public Segment(String text, boolean supervised) {
    this(text, supervised ? Kind.ANSWER : Kind.PROMPT);
  }

  /** Whether the model learns to write it. */
  public boolean supervised() {
    return kind == Kind.ANSWER;
  }

  /** The text of segments one after the other. */
  public static String text(List<Segment> segments) {
    StringBuilder text = new StringBuilder();
    segments.forEach(segment -> text.append(segment.text()));
    return text.toString();
  }

  /** Collects pieces in order; joins neighbours of one kind and leaves out empty ones. */
  static final class Builder {
    private final List<Segment> segments = new ArrayList<>();

    Builder prompt(String text) {
      return add(text, Kind.PROMPT);
    }

    Builder answer(String text, boolean learnt) {
      return add(text, learnt ? Kind.ANSWER : Kind.UNLEARNT);
    }

    private Builder add(String text, Kind kind) {
      int last = segments.size() - 1;
      if (text.isEmpty()) {
        return this;
      }
      if (last >= 0 && segments.get(last).kind() == kind) {
        segments.set(last, new Segment(segments.get(last).text() + text, kind));
      } else {
        segments.add(new Segment(text, kind));
      }
      return this;
    }

    List<Segment> build() {
      return List.copyOf(segments);
    }
  }
}
