package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.KernelContract;
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

  @Test
  void aKernelThatDoesNotExistIsAnError() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new EmulatedGpu(0).launch("add", 1, 1, 32, 0, 1, 2))
        .withMessageContaining("no kernel add with 2 parameters");
  }
}
