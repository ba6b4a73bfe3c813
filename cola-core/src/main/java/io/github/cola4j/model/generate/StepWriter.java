package io.github.cola4j.model.generate;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.function.IntPredicate;

/** One model that writes steps of a text which another one writes too. */
final class StepWriter {
  private final Decoder decoder;
  private final Adapters adapters;
  private final Decoder.Continuation sequence;
  private int cached; // tokens of the text whose keys and values are kept

  /** Chooses a token. */
  @FunctionalInterface
  interface Choice {
    /**
     * Chooses.
     *
     * @param place of the token in the text, the prompt included
     */
    int of(float[] logits, int place);
  }

  /**
   * A writer that has seen nothing.
   *
   * @param room the most tokens of the text
   */
  StepWriter(Decoder decoder, Adapters adapters, int room) {
    this.decoder = decoder;
    this.adapters = adapters;
    this.sequence = decoder.start(new int[] {room});
  }

  /**
   * Writes a step behind a text.
   *
   * @param ids the text, and room for the step
   * @param length of the text
   * @param isLast whether a token ends the step
   * @return the length with the step, which also ends where there is no more room
   */
  int write(Pass pass, int[] ids, int length, IntPredicate isLast, Choice choice) {
    int end = length;
    boolean goesOn = end < ids.length;
    while (goesOn) {
      pass.startEvaluation();
      int[] next = Arrays.copyOfRange(ids, cached, end);
      TokenBatch batch = new TokenBatch(next, new int[next.length], new int[] {0, next.length});
      Matrix hidden = sequence.extend(pass, adapters, batch, new int[] {0});
      cached = end;
      ids[end] = choice.of(decoder.head().logits(pass, hidden).toArray(), end);
      goesOn = !isLast.test(ids[end++]) && end < ids.length;
    }
    return end;
  }

  /**
   * Forgets what was written behind a text.
   *
   * @param length of the text
   */
  void forget(Pass pass, int length) {
    if (cached > length) {
      boolean canStay = sequence.revocable(length) >= cached - length;
      cached = canStay ? length : 0;
      sequence.truncate(pass, 0, cached);
    }
  }
}
