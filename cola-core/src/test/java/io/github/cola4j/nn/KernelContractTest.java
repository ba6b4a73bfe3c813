package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * {@link KernelContract} of every registered provider that can run here, in every type it supports.
 * What those compute is checked by {@link KernelsTest}, {@link DecoderKernelsTest} and {@link
 * ScalingKernelsTest}.
 */
class KernelContractTest {
  private static Stream<KernelProvider> providers() {
    return KernelProviders.get().candidates().stream()
        .filter(candidate -> candidate.unavailable() == null)
        .map(KernelProviders.Candidate::provider);
  }

  private static Stream<Arguments> providersAndTypes() {
    return providers()
        .flatMap(
            provider ->
                Stream.of(DataType.FLOAT, DataType.DOUBLE)
                    .filter(provider::supports)
                    .map(type -> Arguments.of(provider.name(), type, provider)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("providersAndTypes")
  void operationsEqualThePortableOnesInFloat64(
      String name, DataType type, KernelProvider provider) {
    KernelContract.check(provider, type);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("providersAndTypes")
  void memoryKeepsWhatIsWritten(String name, DataType type, KernelProvider provider) {
    Storage storage = provider.allocate(type, 50);
    assertThat(storage.type()).isEqualTo(type);
    assertThat(storage.length()).isGreaterThanOrEqualTo(50);
    assertThat(storage.place()).isNotBlank();
    storage.clear();
    storage.write(10, new float[] {9, 1.5f, -2, 9}, 1, 2);
    storage.write(12, new double[] {0.1, 9}, 0, 1);
    double[] wide = new double[6];
    storage.read(9, wide, 1, 5);
    double tenth = type == DataType.FLOAT ? 0.1f : 0.1;
    assertThat(wide).as(name).containsExactly(0, 0, 1.5, -2, tenth, 0);
    float[] narrow = new float[4];
    storage.read(10, narrow, 0, 4);
    assertThat(narrow).as(name).containsExactly(1.5f, -2, 0.1f, 0);
    storage.close();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void memoryThatTheMachineDoesNotHaveIsAnErrorAndNoCrash(KernelProvider provider) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> provider.allocate(DataType.FLOAT, 400_000_000_000_000L))
        .withMessageContaining("cannot allocate 1,600,000,000,000,000 bytes");
  }

  @Test
  void everyOperationIsHere() {
    List<String> missing = new ArrayList<>();
    String all = KernelContract.operations();
    for (Method method : Kernels.class.getMethods()) {
      boolean isOperation =
          !Modifier.isStatic(method.getModifiers()) && method.getParameterCount() > 0;
      if (isOperation && !all.contains(method.getName().replace("Backward", ""))) {
        missing.add(method.getName());
      }
    }
    assertThat(missing).isEmpty();
  }
}
