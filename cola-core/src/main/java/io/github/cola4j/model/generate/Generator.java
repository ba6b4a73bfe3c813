package io.github.cola4j.model.generate;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Pass;
import java.util.List;
import java.util.Set;

/** What continues texts token by token, several at once. */
public interface Generator {
  /**
   * A text to continue.
   *
   * @param prompt token ids, at least one
   * @param adapters refreshed; the same object where texts share a task
   * @param stopIds tokens that end the text; they are not handed out
   * @param number decides what is drawn for the text, whichever texts stand beside it
   */
  record Text(int[] prompt, Adapters adapters, Set<Integer> stopIds, long number) {}

  /** What takes the tokens of texts. */
  @FunctionalInterface
  interface Sink {
    /**
     * Takes the next token.
     *
     * @param text the text's place in the list
     * @param token its id
     * @return whether the text goes on
     */
    boolean accept(int text, int token);
  }

  /**
   * How a text was written.
   *
   * @param ended whether it came to its end: by a stop id, or as the sink wished; false if it was
   *     cut at {@code maxNewTokens} or at the model's last position
   * @param speculation what a draft model was good for; none without one
   */
  record Written(boolean ended, Speculation speculation) {}

  /**
   * Continues texts.
   *
   * @param texts those of a task side by side
   * @param sink takes tokens as they come
   * @return how each text was written
   * @throws IllegalArgumentException if a prompt leaves no position for an answer
   */
  List<Written> generate(Pass pass, List<Text> texts, Sampling sampling, Sink sink);

  /** The most tokens that a text of a prompt takes. */
  int room(int promptLength, Sampling sampling);

  /**
   * Refuses a prompt that leaves no position for an answer.
   *
   * @param promptLength tokens
   */
  void requireRoom(int promptLength);
}
