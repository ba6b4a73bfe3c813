package io.github.cola4j.spark.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ChecksTest {
  private static final long GIGABYTE = 1_000_000_000L;

  @Test
  void anOldOrClosedJdkIsAProblem() {
    assertThat(new JvmChecks(17, List.of()).run()).noneMatch(Finding::isProblem);
    assertThat(new JvmChecks(11, List.of()).run())
        .filteredOn(Finding::isProblem)
        .extracting(Finding::fix)
        .containsExactly("install JDK 17 or later and set JAVA_HOME to it");
    assertThat(new JvmChecks(17, List.of("java.nio", "java.util")).run())
        .filteredOn(Finding::isProblem)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.text()).contains("java.nio, java.util");
              assertThat(finding.fix()).contains("--add-opens=java.base/java.nio=ALL-UNNAMED");
            });
  }

  @Test
  void aHeapThatLeavesNoMemoryForWeightsIsAProblem() {
    assertThat(new MemoryChecks(2 * GIGABYTE, 8 * GIGABYTE, OptionalLong.empty()).run())
        .containsExactly(Finding.ok("memory", "heap at most 2.0 GB, machine 8.0 GB, no limit"));
    assertThat(new MemoryChecks(2 * GIGABYTE, 8 * GIGABYTE, OptionalLong.of(2 * GIGABYTE)).run())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.text()).contains("container limited to 2.0 GB");
              assertThat(finding.fix()).contains("-Xmx1430m or less");
            });
  }

  @Test
  void instructionsAreRead() {
    Map<String, String> server = Map.of("model name", "A CPU", "flags", "sse avx2 fma avx512f");
    assertThat(new CpuChecks("amd64", server).run())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.isProblem()).isFalse();
              assertThat(finding.text()).startsWith("A CPU, ").endsWith("avx2 fma avx512f");
            });
    assertThat(new CpuChecks("amd64", Map.of("flags", "sse")).run())
        .singleElement()
        .satisfies(finding -> assertThat(finding.fix()).contains("AVX2"));
    assertThat(new CpuChecks("aarch64", Map.of()).run())
        .noneMatch(Finding::isProblem)
        .singleElement()
        .satisfies(finding -> assertThat(finding.text()).contains("instructions not known"));
  }

  @Test
  void aGpuThatTasksCannotUseIsAProblem() {
    assertThat(SparkChecks.gpu("", true)).isEqualTo(Finding.ok("GPU", "none"));
    assertThat(SparkChecks.gpu("0.5", false).isProblem()).isFalse();
    assertThat(SparkChecks.gpu("1", true).fix()).contains("-Pcuda");
    assertThat(SparkChecks.gpu("", false).fix()).contains("spark.task.resource.gpu.amount");
  }
}
