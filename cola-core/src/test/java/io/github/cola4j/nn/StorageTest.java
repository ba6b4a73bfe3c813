package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class StorageTest {
  @Test
  void memoryThatTheMachineDoesNotHaveIsAnErrorAndNoCrash() {
    assertThatThrownBy(() -> Matrix.unset(DataType.FLOAT, 2_000_000_000, 200_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "cannot allocate 1,600,000,000,000,000 bytes of native memory", "training.batchSize");
  }
}
