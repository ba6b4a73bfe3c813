package io.github.cola4j.model.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.model.Decoder;
import io.github.cola4j.model.DecoderGoldenTest;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Tokens that were forgotten leave nothing behind, and several tokens can be asked for. */
class LlamaContinuationTest {
  private final Random random = new Random(7);

  private int[] ids(int n) {
    return random.ints(n, 0, 290).toArray();
  }

  private static Matrix extend(
      Pass pass, Decoder.Continuation sequences, int[][] added, int[] asked) {
    pass.startEvaluation();
    int[] both = new int[added[0].length + added[1].length];
    System.arraycopy(added[0], 0, both, 0, added[0].length);
    System.arraycopy(added[1], 0, both, added[0].length, added[1].length);
    TokenBatch batch =
        new TokenBatch(both, new int[both.length], new int[] {0, added[0].length, both.length});
    return sequences.extend(pass, Adapters.NONE, batch, new int[] {0, 1}, asked);
  }

  private static int[] joined(int[] first, int... second) {
    int[] all = new int[first.length + second.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** Windows of 5 and 6 tokens, grouped keys, several layouts. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "mistral", "gemma3_text", "phi3", "stablelm", "phi3-longrope"})
  void logitsAfterForgettingAreThoseOfAFreshPass(String name) {
    LlamaDecoder decoder = DecoderGoldenTest.decoder(name, DataType.DOUBLE);
    int[] first = ids(9);
    int[] second = ids(4);
    int[] after = ids(3);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      Decoder.Continuation sequences = decoder.start(new int[] {16, 16});
      extend(pass, sequences, new int[][] {first, second}, new int[] {1, 1});
      extend(pass, sequences, new int[][] {ids(6), ids(5)}, new int[] {3, 1});
      sequences.truncate(pass, 0, 7);
      sequences.truncate(pass, 1, 4);
      sequences.truncate(pass, 1, 4);
      double[] rolledBack =
          extend(pass, sequences, new int[][] {after, {8, 2}}, new int[] {2, 1}).toDoubles();

      int[] left = joined(Arrays.copyOf(first, 7), after);
      int[] right = joined(second, 8, 2);
      double[] fresh =
          extend(
                  pass,
                  decoder.start(new int[] {16, 16}),
                  new int[][] {left, right},
                  new int[] {2, 1})
              .toDoubles();
      assertThat(rolledBack).containsExactly(fresh, Offset.offset(1e-12));

      int[] all = joined(left, right);
      TokenBatch batch =
          new TokenBatch(all, new int[all.length], new int[] {0, left.length, all.length});
      pass.startEvaluation();
      Matrix hidden = pass.matrix(decoder.config().hiddenSize(), 3);
      int[] chosen = {left.length - 2, left.length - 1, all.length - 1};
      decoder.encode(pass, Adapters.NONE, batch, chosen, hidden);
      assertThat(rolledBack).containsExactly(hidden.toDoubles(), Offset.offset(1e-9));
    }
  }

  @Test
  void refusesToForgetAcrossAChangeOfRotation() {
    LlamaDecoder decoder = DecoderGoldenTest.decoder("phi3-longrope", DataType.DOUBLE);
    try (Pass pass = new Pass(DataType.DOUBLE)) {
      Decoder.Continuation sequences = decoder.start(new int[] {30, 30});
      assertThat(sequences.revocable(10)).isEqualTo(6);
      assertThat(sequences.revocable(17)).isGreaterThan(1000);
      extend(pass, sequences, new int[][] {ids(15), ids(17)}, new int[] {1, 1});
      extend(pass, sequences, new int[][] {ids(3), ids(3)}, new int[] {1, 1});
      sequences.truncate(pass, 1, 17);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sequences.truncate(pass, 0, 16))
          .withMessage(
              "a sequence of 18 tokens cannot become one of 16: above 16 all of its tokens rotate"
                  + " by other frequencies");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sequences.truncate(pass, 1, 18))
          .withMessage("expected a length of 0 to 17, got 18");
    }
  }
}
