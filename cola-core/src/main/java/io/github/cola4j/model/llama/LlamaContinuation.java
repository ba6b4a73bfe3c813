package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Computes new tokens of sequences whose earlier ones are in a cache, and adds them to it. A
 * sequence that becomes so long that it rotates by other frequencies is computed again from its
 * first token.
 */
final class LlamaContinuation implements Decoder.Continuation {
  private final LlamaDecoder decoder;
  private final KeyValueCache cache;
  private final int shortest; // sequences of more tokens rotate otherwise
  private final int[][] texts; // the tokens so far of each sequence that may become so long

  /**
   * Starts without a token.
   *
   * @param room the most tokens of each sequence
   */
  LlamaContinuation(LlamaDecoder decoder, int[] room) {
    this.decoder = decoder;
    this.cache = new KeyValueCache(decoder, room);
    this.shortest =
        decoder.config().rotary().stream()
            .filter(rotary -> rotary.extended() != null)
            .mapToInt(rotary -> rotary.extended().positions())
            .min()
            .orElse(Integer.MAX_VALUE);
    this.texts = new int[room.length][0];
  }

  @Override
  public Matrix extend(Pass pass, Adapters adapters, TokenBatch batch, int[] sequences) {
    int[] asked = new int[sequences.length];
    Arrays.fill(asked, 1);
    return extend(pass, adapters, batch, sequences, asked);
  }

  @Override
  public Matrix extend(
      Pass pass, Adapters adapters, TokenBatch batch, int[] sequences, int[] asked) {
    TokenBatch all = shortest == Integer.MAX_VALUE ? batch : withLonger(pass, batch, sequences);
    return compute(pass, adapters, all, sequences, asked);
  }

  @Override
  public void truncate(Pass pass, int sequence, int length) {
    int before = cache.length(sequence);
    if (before > shortest && length <= shortest && length > 0) {
      throw new IllegalArgumentException(
          "a sequence of "
              + before
              + " tokens cannot become one of "
              + length
              + ": above "
              + shortest
              + " all of its tokens rotate by other frequencies");
    }
    cache.truncate(pass, sequence, length);
    if (shortest != Integer.MAX_VALUE) {
      texts[sequence] = Arrays.copyOf(texts[sequence], length);
    }
  }

  @Override
  public int revocable(int length) {
    return length > shortest ? Integer.MAX_VALUE : shortest - length;
  }

  /** New tokens, and all of those sequences that begin to rotate otherwise by them. */
  private TokenBatch withLonger(Pass pass, TokenBatch batch, int[] sequences) {
    int[] ids = {};
    int[] starts = new int[sequences.length + 1];
    for (int s = 0; s < sequences.length; s++) {
      int sequence = sequences[s];
      int before = cache.length(sequence);
      int[] added = Arrays.copyOfRange(batch.ids(), batch.starts()[s], batch.starts()[s + 1]);
      texts[sequence] = joined(texts[sequence], added);
      if (before > 0 && before <= shortest && before + added.length > shortest) {
        cache.truncate(pass, sequence, 0);
        added = texts[sequence];
      }
      ids = joined(ids, added);
      starts[s + 1] = ids.length;
    }
    return new TokenBatch(ids, new int[ids.length], starts);
  }

  private static int[] joined(int[] first, int[] second) {
    return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
  }

  private Matrix compute(
      Pass pass, Adapters adapters, TokenBatch batch, int[] sequences, int[] asked) {
    int[] positions = cache.positions(batch, sequences);
    int[] target = cache.columns(batch, sequences);
    cache.advance(batch, sequences);
    int[] last =
        IntStream.range(0, asked.length)
            .flatMap(s -> IntStream.range(batch.starts()[s + 1] - asked[s], batch.starts()[s + 1]))
            .toArray();
    int[] lastPositions = Arrays.stream(last).map(t -> positions[t]).toArray();
    int[] each = new int[asked.length + 1];
    for (int s = 0; s < asked.length; s++) {
      each[s + 1] = each[s] + asked[s];
    }
    List<LlamaLayer.Tokens> tokens =
        new Rotations(decoder.rotary(), positions, cache.lengths(batch, sequences))
            .tokens(
                pass,
                cache.spans(batch.starts(), positions, sequences),
                cache.spans(each, lastPositions, sequences),
                last);
    Matrix hidden = pass.matrix(decoder.config().hiddenSize(), last.length);
    Matrix x = decoder.embed(pass, batch);
    Matrix other = pass.matrix(x.rows(), x.columns());
    int layers = tokens.size();
    for (int i = 0; i < layers; i++) {
      var mark = pass.arena().mark();
      Matrix y = i == layers - 1 ? hidden : other;
      decoder.layer(i).forward(pass, adapters, x, tokens.get(i), cache.layer(i, target), y);
      pass.arena().release(mark);
      other = x;
      x = y;
    }
    decoder.norm().forward(pass, hidden, hidden);
    return hidden;
  }
}
