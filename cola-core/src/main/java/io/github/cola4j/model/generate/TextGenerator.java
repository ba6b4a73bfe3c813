package io.github.cola4j.model.generate;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Continues texts token by token, several at once, each with a task's adapters of its own if need
 * be. Keys and values of earlier tokens are kept; a text that has ended takes no more work.
 */
public final class TextGenerator {
  private final Decoder decoder;

  /**
   * A text to continue.
   *
   * @param prompt token ids, at least one
   * @param adapters refreshed; the same object where texts share a task
   * @param stopIds tokens that end the text; they are not handed out
   * @param number decides what is drawn for the text, whichever texts stand beside it
   */
  public record Text(int[] prompt, Adapters adapters, Set<Integer> stopIds, long number) {}

  /** What takes the tokens of texts. */
  public interface Sink {
    /**
     * Takes the next token.
     *
     * @param text the text's place in the list
     * @param token its id
     * @return whether the text goes on
     */
    boolean accept(int text, int token);
  }

  /** A generator on a decoder. */
  public TextGenerator(Decoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Continues texts.
   *
   * @param texts those of a task side by side
   * @param sink takes tokens as they come
   * @return for each text whether it came to its end: by a stop id, or as the sink wished; false if
   *     it was cut at {@code maxNewTokens} or at the model's last position
   * @throws IllegalArgumentException if a prompt leaves no position for an answer
   */
  public boolean[] generate(Pass pass, List<Text> texts, Sampling sampling, Sink sink) {
    texts.forEach(text -> requireRoom(text.prompt().length));
    int positions = decoder.config().maxPositions();
    Decoder.Continuation sequences =
        decoder.start(
            texts.stream().mapToInt(text -> room(text.prompt().length, sampling)).toArray());
    int[] open = IntStream.range(0, texts.size()).toArray();
    List<int[]> next = new ArrayList<>(texts.stream().map(Text::prompt).toList());
    int[] lengths = texts.stream().mapToInt(text -> text.prompt().length).toArray();
    boolean[] ended = new boolean[texts.size()];
    for (int step = 0; open.length > 0; step++) {
      pass.startEvaluation();
      TokenBatch batch = batch(next, open);
      Matrix hidden = sequences.extend(pass, mixed(texts, open, batch), batch, open);
      Matrix logits = decoder.head().logits(pass, hidden);
      List<Integer> stillOpen = new ArrayList<>();
      for (int s = 0; s < open.length; s++) {
        int place = open[s];
        Text text = texts.get(place);
        int token = sampling.choose(logits.columns(s, s + 1).toArray(), text.number(), step);
        ended[place] = text.stopIds().contains(token) || !sink.accept(place, token);
        boolean hasRoom = step + 1 < sampling.maxNewTokens() && ++lengths[place] < positions;
        if (!ended[place] && hasRoom) {
          next.set(place, new int[] {token});
          stillOpen.add(place);
        }
      }
      open = stillOpen.stream().mapToInt(Integer::intValue).toArray();
    }
    return ended;
  }

  /** The most tokens that a text of a prompt takes. */
  public int room(int promptLength, Sampling sampling) {
    return (int)
        Math.min(decoder.config().maxPositions(), (long) promptLength + sampling.maxNewTokens());
  }

  /**
   * Refuses a prompt that leaves no position for an answer.
   *
   * @param promptLength tokens
   */
  public void requireRoom(int promptLength) {
    int positions = decoder.config().maxPositions();
    if (promptLength == 0 || promptLength >= positions) {
      throw new IllegalArgumentException(
          "the prompt has "
              + promptLength
              + " tokens; expected 1 to "
              + (positions - 1)
              + ", the model has "
              + positions
              + " positions");
    }
  }

  private static TokenBatch batch(List<int[]> next, int[] open) {
    int[] starts = new int[open.length + 1];
    for (int s = 0; s < open.length; s++) {
      starts[s + 1] = starts[s] + next.get(open[s]).length;
    }
    int[] ids = Arrays.stream(open).mapToObj(next::get).flatMapToInt(Arrays::stream).toArray();
    return new TokenBatch(ids, new int[ids.length], starts);
  }

  /** One task's adapters as they are; of several tasks, each for its own texts' columns. */
  private static Adapters mixed(List<Text> all, int[] open, TokenBatch batch) {
    List<Adapters> tasks = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    List<Integer> texts = new ArrayList<>();
    for (int s = 0; s < open.length; s++) {
      Adapters task = all.get(open[s]).adapters();
      if (tasks.isEmpty() || tasks.get(tasks.size() - 1) != task) {
        tasks.add(task);
        starts.add(batch.starts()[s]);
        texts.add(s);
      }
    }
    if (tasks.size() == 1) {
      return tasks.get(0);
    }
    starts.add(batch.tokens());
    texts.add(open.length);
    return Adapters.mixed(
        tasks,
        starts.stream().mapToInt(Integer::intValue).toArray(),
        texts.stream().mapToInt(Integer::intValue).toArray());
  }
}
