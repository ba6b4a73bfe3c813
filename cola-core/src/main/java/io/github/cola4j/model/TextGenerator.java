package io.github.cola4j.model;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.TokenBatch;
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
  private final LlamaDecoder decoder;

  /** A text to continue. */
  public interface Sink {
    /**
     * Takes the next token.
     *
     * @param text the text's number
     * @param token its id
     * @return whether the text goes on
     */
    boolean accept(int text, int token);
  }

  /** A generator on a decoder. */
  public TextGenerator(LlamaDecoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Continues prompts.
   *
   * @param adapters of each prompt, refreshed; the same object where prompts share a task; a task's
   *     prompts must lie side by side
   * @param prompts token ids, none empty
   * @param stopIds tokens that end a text; they are not handed out
   * @param sink takes tokens as they come
   * @throws IllegalArgumentException if a prompt leaves no position for an answer
   */
  public void generate(
      Pass pass,
      List<Adapters> adapters,
      List<int[]> prompts,
      Sampling sampling,
      Set<Integer> stopIds,
      Sink sink) {
    int positions = decoder.config().maxPositions();
    for (int[] prompt : prompts) {
      if (prompt.length == 0 || prompt.length >= positions) {
        throw new IllegalArgumentException(
            "a prompt of "
                + prompt.length
                + " tokens: expected 1 to "
                + (positions - 1)
                + ", the model has "
                + positions
                + " positions");
      }
    }
    int[] limits =
        prompts.stream()
            .mapToInt(p -> (int) Math.min(positions, (long) p.length + sampling.maxNewTokens()))
            .toArray();
    KeyValueCache cache = new KeyValueCache(decoder, limits);
    int[] open = IntStream.range(0, prompts.size()).toArray();
    List<int[]> next = new ArrayList<>(prompts);
    int[] lengths = prompts.stream().mapToInt(p -> p.length).toArray();
    for (int step = 0; open.length > 0; step++) {
      pass.startEvaluation();
      TokenBatch batch = batch(next, open);
      Matrix hidden = decoder.extend(pass, mixed(adapters, open, batch), cache, batch, open);
      List<Integer> stillOpen = new ArrayList<>();
      for (int s = 0; s < open.length; s++) {
        int text = open[s];
        var mark = pass.arena().mark();
        float[] logits = decoder.head().logits(pass, hidden.columns(s, s + 1)).toArray();
        pass.arena().release(mark);
        int token = sampling.choose(logits, text, step);
        boolean goesOn = !stopIds.contains(token) && sink.accept(text, token);
        if (goesOn && step + 1 < sampling.maxNewTokens() && ++lengths[text] < positions) {
          next.set(text, new int[] {token});
          stillOpen.add(text);
        }
      }
      open = stillOpen.stream().mapToInt(Integer::intValue).toArray();
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
  private static Adapters mixed(List<Adapters> adapters, int[] open, TokenBatch batch) {
    List<Adapters> tasks = new ArrayList<>();
    List<Integer> starts = new ArrayList<>();
    List<Integer> texts = new ArrayList<>();
    for (int s = 0; s < open.length; s++) {
      Adapters task = adapters.get(open[s]);
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
