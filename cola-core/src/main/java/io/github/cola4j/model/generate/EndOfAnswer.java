package io.github.cola4j.model.generate;

import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.weight.Weight;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Whether a model can learn to end its answers. A base model has special tokens that its training
 * never saw: their rows of the output table are zero, as small as at the start, or all the same.
 * That table is frozen, so an adapter cannot make such a token likely.
 */
public final class EndOfAnswer {
  /** A row is that small if its norm is below this share of what is common. */
  private static final double SMALL = 0.1;

  private static final int ROWS = 256;

  private EndOfAnswer() {}

  /**
   * What to tell a user whose prompt ends answers with tokens that cannot be learnt.
   *
   * @param prompt how dialogues are written; one that the model's files do not fit has no notice
   */
  public static Optional<String> notice(BaseModel model, PromptConfig prompt) {
    Set<Integer> ends;
    try {
      ends = model.dialogues(prompt, Integer.MAX_VALUE).endIds();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // encoding dialogues reports what is wrong
    }
    Tokenizer tokenizer = model.textTokenizer();
    int[] special = tokenizer.specialTexts().stream().mapToInt(tokenizer::specialId).toArray();
    List<String> untrained =
        ends.stream()
            .filter(id -> isUntrained(model.decoder().head().weight(), id, special))
            .map(tokenizer::specialText)
            .toList();
    return untrained.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.format(
                "prompt.template '%s' ends answers with %s, which %s was never trained on: its row"
                    + " of the output table is empty and stays frozen, so answers may not end; take"
                    + " the model that was trained for chat, or the template 'plain' or 'alpaca'",
                prompt.template(), String.join(", ", untrained), model.location()));
  }

  /**
   * Whether a row is much smaller than is common, or that of another special token too.
   *
   * @param table [vocabulary × d]
   * @param special ids of special tokens
   */
  static boolean isUntrained(Weight table, int id, int[] special) {
    float[] row = table.rows(id, id + 1);
    double[] norms =
        IntStream.range(0, Math.min(ROWS, table.out()))
            .map(i -> (int) ((long) i * table.out() / Math.min(ROWS, table.out())))
            .mapToDouble(i -> norm(table.rows(i, i + 1)))
            .sorted()
            .toArray();
    return norm(row) < SMALL * norms[norms.length / 2]
        || Arrays.stream(special)
            .anyMatch(other -> other != id && Arrays.equals(row, table.rows(other, other + 1)));
  }

  private static double norm(float[] row) {
    double sum = 0;
    for (float x : row) {
      sum += (double) x * x;
    }
    return Math.sqrt(sum);
  }
}
