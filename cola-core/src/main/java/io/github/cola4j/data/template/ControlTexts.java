package io.github.cola4j.data.template;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The texts of a model's special tokens, found in what others wrote. They are kept by how they
 * begin, since a model may have hundreds that begin alike and most texts have none.
 *
 * @param byBeginning sorted, the longest first
 */
public record ControlTexts(TreeMap<String, List<String>> byBeginning) implements Serializable {
  private static final int BEGINNING = 2;

  /** The first of 32 characters that Unicode gives no meaning. */
  private static final char FIRST_MARK = '\uFDD0';

  private static final int MARKS = 32;

  /** Of texts. */
  public static ControlTexts of(List<String> texts) {
    TreeMap<String, List<String>> sorted = new TreeMap<>();
    for (String text : texts) {
      String beginning = text.substring(0, Math.min(BEGINNING, text.length()));
      sorted.computeIfAbsent(beginning, key -> new ArrayList<>()).add(text);
    }
    sorted.values().forEach(some -> some.sort(Comparator.comparingInt(String::length).reversed()));
    return new ControlTexts(sorted);
  }

  /**
   * Whether a message of the dialogue has one in it.
   *
   * @param answers whether the assistant's messages are looked at, else all others
   */
  public boolean isIn(Dialogue dialogue, boolean answers) {
    return dialogue.messages().stream()
        .anyMatch(message -> (message.role() == Role.ASSISTANT) == answers && isIn(message.text()));
  }

  private boolean isIn(String text) {
    for (Map.Entry<String, List<String>> some : byBeginning.entrySet()) {
      if (text.contains(some.getKey()) && some.getValue().stream().anyMatch(text::contains)) {
        return true;
      }
    }
    return false;
  }

  /** The characters of the one that begins at a place in a text; 0 where none does. */
  private int lengthAt(String text, int place) {
    for (Map.Entry<String, List<String>> some : byBeginning.entrySet()) {
      if (text.startsWith(some.getKey(), place)) {
        for (String control : some.getValue()) {
          if (text.startsWith(control, place)) {
            return control.length();
          }
        }
      }
    }
    return 0;
  }

  /**
   * A dialogue whose messages, but the assistant's, are marked where they have such a text: after
   * its first character.
   *
   * @param mark a character that the dialogue does not have; 0 where nothing is marked
   */
  record Marked(Dialogue dialogue, char mark) {}

  /** Marks what is in a dialogue. */
  Marked mark(Dialogue dialogue) {
    if (!isIn(dialogue, false)) {
      return new Marked(dialogue, '\0');
    }
    String all = dialogue.toString();
    char mark = FIRST_MARK;
    while (all.indexOf(mark) >= 0) {
      if (++mark == FIRST_MARK + MARKS) {
        throw new IllegalArgumentException(
            "it has all of the characters U+FDD0 to U+FDEF, which are none; remove them");
      }
    }
    char chosen = mark;
    List<Message> messages =
        dialogue.messages().stream()
            .map(
                message ->
                    message.role() == Role.ASSISTANT
                        ? message
                        : new Message(
                            message.role(),
                            marked(message.content(), chosen),
                            message.input() == null ? null : marked(message.input(), chosen),
                            message.fields()))
            .toList();
    return new Marked(dialogue.withMessages(messages), chosen);
  }

  private String marked(String text, char mark) {
    StringBuilder marked = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      int length = lengthAt(text, i);
      marked.append(text.charAt(i));
      if (length > 0) {
        marked.append(mark).append(text, i + 1, i + length);
        i += length - 1;
      }
    }
    return marked.toString();
  }

  /**
   * A piece of a text.
   *
   * @param plain whether the texts of special tokens in it are text
   */
  record Piece(String text, boolean plain) {}

  /** A text in pieces: those with marks, from one special token to another, are plain. */
  List<Piece> pieces(String text, char mark) {
    if (mark == '\0' || text.indexOf(mark) < 0) {
      return List.of(new Piece(text, false));
    }
    List<Piece> pieces = new ArrayList<>();
    int read = 0; // up to here in pieces
    int run = 0; // the end of the last special token
    for (int i = 0; i <= text.length(); i++) {
      int length = i == text.length() ? 0 : lengthAt(text, i);
      boolean control = length > 0 && (i + 1 == text.length() || text.charAt(i + 1) != mark);
      if (!control && i < text.length()) {
        continue;
      }
      int marked = text.indexOf(mark, run);
      if (marked >= 0 && marked < i) {
        if (run > read) {
          pieces.add(new Piece(text.substring(read, run), false));
        }
        pieces.add(new Piece(text.substring(run, i).replace(String.valueOf(mark), ""), true));
        read = i;
      }
      run = i + length;
      i = Math.max(i, run - 1);
    }
    if (read < text.length()) {
      pieces.add(new Piece(text.substring(read), false));
    }
    return pieces;
  }
}
