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
 * Continues texts token by token, several at once, each with a task's adapters of its own if need
 * be. Keys and values of earlier tokens are kept; a text that has ended takes no more work.
 */
public final class TextGenerator implements Generator {
  private final Decoder decoder;

  /** A generator on a decoder. */
  public TextGenerator(Decoder decoder) {
    this.decoder = decoder;
  }

  @Override
  public List<Written> generate(Pass pass, List<Text> texts, Sampling sampling, Sink sink) {
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
      TokenBatch batch = Columns.batch(Arrays.stream(open).mapToObj(next::get).toList());
      int[] asked = new int[open.length];
      Arrays.fill(asked, 1);
      Adapters adapters =
          Columns.mixed(
              Arrays.stream(open).mapToObj(place -> texts.get(place).adapters()).toList(),
              batch,
              asked);
      Matrix hidden = sequences.extend(pass, adapters, batch, open);
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
    return IntStream.range(0, ended.length)
        .mapToObj(place -> new Written(ended[place], Speculation.NONE))
        .toList();
  }

  @Override
  public int room(int promptLength, Sampling sampling) {
    return (int)
        Math.min(decoder.config().maxPositions(), (long) promptLength + sampling.maxNewTokens());
  }

  @Override
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
}
