package io.github.cola4j.nn.kernels.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.nn.Matrix;
import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HostMemoryTest {
  private static final int PAGE = 2 << 20;
  private static final int LENGTH = 48 << 20; // elements

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void largeMemoryStartsAtAPageAndHoldsItsElements(DataType type) {
    int length = 3 << 20;
    Nd4jStorage storage = Nd4jStorage.allocate(type, length);
    assertThat(storage.buffer().addressPointer().address() % PAGE).isZero();
    assertThat(storage.length()).isEqualTo(length);
    Matrix matrix = Matrix.over(storage, 0, 1 << 10, 3 << 10);
    float[] elements = new float[length];
    for (int i = 0; i < length; i++) {
      elements[i] = i % 1000;
    }
    matrix.set(elements);
    assertThat(matrix.toArray()).isEqualTo(elements);
    INDArray array = Nd4j.create(storage.buffer(), new long[] {length}, new long[] {1}, 0, 'c');
    assertThat(array.sumNumber().doubleValue() / length).isBetween(498.0, 501.0);
    storage.close();
  }

  @Test
  void whatIsClosedOrUnreachableIsGivenBack() {
    touch(Nd4jStorage.allocate(DataType.FLOAT, LENGTH)).close();
    long before = Pointer.physicalBytes();
    for (int i = 0; i < 5; i++) {
      touch(Nd4jStorage.allocate(DataType.FLOAT, LENGTH)).close();
      assertThat(Pointer.physicalBytes() - before).as("closed").isLessThan(2L * LENGTH);
    }
    touch(Nd4jStorage.allocate(DataType.FLOAT, LENGTH));
    assertThat(Pointer.physicalBytes() - before).as("in use").isGreaterThan(3L * LENGTH);
    long end = System.nanoTime() + 20_000_000_000L;
    while (Pointer.physicalBytes() - before > 2L * LENGTH && System.nanoTime() < end) {
      System.gc();
    }
    assertThat(Pointer.physicalBytes() - before).as("unreachable").isLessThan(2L * LENGTH);
  }

  @Test
  void anArrayKeepsTheMemoryOfItsStorage() throws InterruptedException {
    INDArray array = ones();
    for (int i = 0; i < 5; i++) {
      System.gc();
      Thread.sleep(50);
      touch(Nd4jStorage.allocate(DataType.FLOAT, LENGTH)).close();
    }
    assertThat(array.meanNumber().doubleValue()).isEqualTo(1);
  }

  private static INDArray ones() {
    Nd4jStorage storage = touch(Nd4jStorage.allocate(DataType.FLOAT, LENGTH));
    return Nd4j.create(storage.buffer(), new long[] {1 << 10}, new long[] {1}, 1 << 20, 'c');
  }

  /** Ones everywhere. */
  private static Nd4jStorage touch(Nd4jStorage storage) {
    float[] ones = new float[1 << 20];
    Arrays.fill(ones, 1);
    for (long i = 0; i < storage.length(); i += ones.length) {
      storage.write(i, ones, 0, ones.length);
    }
    return storage;
  }
}
