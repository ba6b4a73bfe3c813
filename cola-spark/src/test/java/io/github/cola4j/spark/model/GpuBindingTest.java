package io.github.cola4j.spark.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From Spark's address to the kernels' device. */
class GpuBindingTest {

  @ParameterizedTest
  @CsvSource(
      nullValues = "unset",
      value = {
        "0, unset, 0",
        "3, unset, 3",
        // CUDA numbers from 0 those that the variable names, in its order
        "3, '2,3', 1",
        "2, '3, 2', 1",
        "GPU-5e, 'GPU-1a,GPU-5e', 1",
        // a container's own numbers: the discovery script ran inside and saw 0
        "0, '7', 0",
        "1, '', 1"
      })
  void anAddressIsANumberOrAPlaceAmongVisibleDevices(String address, String visible, int device) {
    assertThat(GpuBinding.choose(List.of(address), 4, "cuda", visible))
        .isEqualTo(new GpuBinding.Choice(device, null));
  }

  @Test
  void theFirstOfSeveralCounts() {
    assertThat(GpuBinding.choose(List.of("2", "3"), 4, "cuda", null).device()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"4", "-1", "GPU-5e", "99999999999"})
  void noDeviceOfThatNumber(String address) {
    GpuBinding.Choice choice = GpuBinding.choose(List.of(address), 4, "cuda", null);

    assertThat(choice.device()).isEqualTo(-1);
    assertThat(choice.reason()).contains("one of CUDA's 4 devices").contains("'" + address + "'");
  }

  @Test
  void kernelsOfTheCpuComputeThereAndSaySo() {
    GpuBinding.Choice choice = GpuBinding.choose(List.of("1"), 0, "cpu", null);

    assertThat(choice.device()).isEqualTo(-1);
    assertThat(choice.reason())
        .contains("[1]")
        .contains("compute on the CPU: the kernels are 'cpu'")
        .contains("-Pcuda");
  }

  @Test
  void noGpuFromSpark() {
    assertThat(GpuBinding.choose(List.of(), 2, "cuda", null).reason())
        .contains("spark.task.resource.gpu.amount");
    // neither a GPU nor CUDA: nobody expects one, so there is nothing to say
    assertThat(GpuBinding.choose(List.of(), 0, "cpu", null))
        .isEqualTo(new GpuBinding.Choice(-1, null));
  }
}
