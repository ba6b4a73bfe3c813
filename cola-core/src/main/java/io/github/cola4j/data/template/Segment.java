package io.github.cola4j.data.template;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a rendered dialogue.
 *
 * @param text not empty
 * @param supervised whether the model learns to write it: an answer with the mark of its end
 */
public record Segment(String text, boolean supervised) {
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
      return add(text, false);
    }

    Builder answer(String text) {
      return add(text, true);
    }

    private Builder add(String text, boolean supervised) {
      int last = segments.size() - 1;
      if (text.isEmpty()) {
        return this;
      }
      if (last >= 0 && segments.get(last).supervised() == supervised) {
        segments.set(last, new Segment(segments.get(last).text() + text, supervised));
      } else {
        segments.add(new Segment(text, supervised));
      }
      return this;
    }

    List<Segment> build() {
      return List.copyOf(segments);
    }
  }
}
