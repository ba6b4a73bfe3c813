package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.KernelContract;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.stored.Precision;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The CUDA kernels of models that compute in bfloat16, on the emulator: attention as the portable
 * kernels' but for the rounding of its factors, everything else as without.
 */
class RoundedKernelsTest {
  /** Of the largest element: an 8-bit fraction's half is 2e-3 of a factor. */
  private static final double ROUNDED = 2e-2;

  @BeforeEach
  void needsACompiler() {
    assumeThat(Emulator.unavailable()).as("why the emulator cannot run").isNull();
  }

  /** A copy or barrier that is missing shows in one order of a block's threads or in the other. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void attentionIsRoundedAndNothingElse(int order) {
    EmulatedKernelProvider provider = new EmulatedKernelProvider(order);
    for (String name : KernelContract.names()) {
      boolean rounds = name.contains("ttention") && !name.contains("capped");
      List<double[]> expected = KernelContract.expected(name);
      List<double[]> actual =
          KernelContract.results(provider, DataType.FLOAT, Precision.BFLOAT16, name);
      double largest = 0;
      for (int i = 0; i < expected.size(); i++) {
        double error = Matrices.distance(actual.get(i), expected.get(i));
        assertThat(error).as(name + ", result " + i).isLessThan(rounds ? ROUNDED : 1e-5);
        largest = Math.max(largest, error);
      }
      if (rounds) {
        assertThat(largest).as(name).isGreaterThan(1e-5);
      }
    }
  }
}
