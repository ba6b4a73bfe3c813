package io.github.cola4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.nn.kernels.cpu.CpuKernelProvider;
import io.github.cola4j.nn.kernels.nd4j.Nd4jKernelProvider;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class KernelProvidersTest {

  /** A provider as the portable one, that says whatever a test needs about itself. */
  private record Stub(String name, int priority, String unavailable) implements KernelProvider {
    private static final KernelProvider PORTABLE = new Nd4jKernelProvider();

    @Override
    public boolean supports(DataType type) {
      return type == DataType.FLOAT;
    }

    @Override
    public Kernels kernels(DataType type) {
      return PORTABLE.kernels(type);
    }

    @Override
    public Storage allocate(DataType type, long length) {
      return PORTABLE.allocate(type, length);
    }

    @Override
    public void limitThreads(int threads) {
      PORTABLE.limitThreads(threads);
    }
  }

  private final KernelProvider cpu = new CpuKernelProvider();
  private final KernelProvider portable = new Nd4jKernelProvider();

  @Test
  void theFastestThatCanRunIsChosenForEachType() {
    var providers = new KernelProviders(List.of(portable, cpu), null);
    assertThat(providers.of(DataType.FLOAT)).isSameAs(cpu);
    assertThat(providers.of(DataType.DOUBLE)).isSameAs(portable);
    var broken = new Stub("gpu", 200, "there is no GPU");
    providers = new KernelProviders(List.of(portable, broken, cpu), null);
    assertThat(providers.of(DataType.FLOAT)).isSameAs(cpu);
    assertThat(providers.candidates())
        .extracting(Object::toString)
        .containsExactly(
            "gpu (cannot run: there is no GPU)", "cpu (available)", "nd4j (available)");
    var faster = new Stub("fast", 200, null);
    assertThat(new KernelProviders(List.of(portable, faster, cpu), null).of(DataType.FLOAT))
        .isSameAs(faster);
  }

  @Test
  void aForcedProviderComputesWithTheTypesItSupports() {
    var slow = new Stub("slow", -1, null);
    var providers = new KernelProviders(List.of(cpu, slow, portable), "slow");
    assertThat(providers.isForced()).isTrue();
    assertThat(providers.of(DataType.FLOAT)).isSameAs(slow);
    assertThat(providers.of(DataType.DOUBLE)).isSameAs(portable);
  }

  @Test
  void aForcedProviderThatIsUnknownOrCannotRunIsAnErrorThatListsAll() {
    List<KernelProvider> all = List.of(cpu, portable, new Stub("gpu", 200, "there is no GPU"));
    for (String name : List.of("gpu", "cuda", "")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new KernelProviders(all, name))
          .withMessageContainingAll(
              "-Dcola.kernels",
              "got '" + name + "'",
              "gpu (cannot run: there is no GPU), cpu (available), nd4j (available)");
    }
  }

  @Test
  void twoProvidersOfOneNameAreAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new KernelProviders(List.of(cpu, new Stub("cpu", 1, null)), null))
        .withMessageContaining("two kernel providers are called 'cpu'");
  }

  @Test
  void aTypeThatNobodyComputesWithIsAnError() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new KernelProviders(List.of(cpu), null))
        .withMessageContainingAll("no kernels compute with DOUBLE", "cpu (available)");
  }

  @Test
  void theServicesOfThisJvmAreFound() {
    assertThat(KernelProviders.get().candidates())
        .extracting(candidate -> candidate.provider().name())
        .contains("cpu", "nd4j");
    assertThat(KernelProviders.get()).isSameAs(KernelProviders.get());
  }
}
