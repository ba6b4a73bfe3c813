package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.KernelContract;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The CUDA kernels, compiled for the processor, against the portable ones in float64. */
class EmulatedKernelsTest {

  @BeforeEach
  void needsACompiler() {
    assumeThat(Emulator.unavailable()).as("why the emulator cannot run").isNull();
  }

  /** A barrier that is missing shows in one order of a block's threads or in the other. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void operationsEqualThePortableOnesInFloat64(int order) {
    KernelContract.check(new EmulatedKernelProvider(order), DataType.FLOAT);
  }

  /** Operations whose CPU kernels take matrices without gaps alone. */
  @Test
  void elementsOfRowsOfALargerMatrix() {
    EmulatedKernelProvider provider = new EmulatedKernelProvider(1);
    Kernels kernels = provider.kernels(DataType.FLOAT);
    Random random = new Random(5);
    List<Matrix> whole = new ArrayList<>();
    List<Matrix> windows = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Matrix all = Matrices.random(provider, 11, 6, random);
      windows.add(all.rows(2, 9));
      Matrix copy = Matrices.random(provider, 7, 6, random);
      kernels.copy(all.rows(2, 9), copy);
      whole.add(copy);
    }
    double[] sums = new double[2];
    for (List<Matrix> m : List.of(whole, windows)) {
      kernels.gelu(m.get(0), m.get(1));
      kernels.multiply(m.get(1), m.get(2), m.get(2));
      kernels.geluBackward(m.get(2), m.get(3), m.get(3));
      sums[m == whole ? 0 : 1] = kernels.sumOfSquares(m.get(3));
      kernels.fill(2, m.get(0));
    }
    for (int i = 0; i < 4; i++) {
      assertThat(windows.get(i).toArray()).containsExactly(whole.get(i).toArray());
    }
    assertThat(sums[1]).isCloseTo(sums[0], Offset.offset(1e-4 * sums[0]));
  }

  @Test
  void aKernelThatDoesNotExistIsAnError() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new EmulatedGpu(0).launch("add", 1, 1, 32, 0, 1, 2))
        .withMessageContaining("no kernel add with 2 parameters");
  }
}
