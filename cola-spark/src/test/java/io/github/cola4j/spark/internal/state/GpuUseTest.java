package io.github.cola4j.spark.internal.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.nn.DeviceUse;
import org.junit.jupiter.api.Test;

class GpuUseTest {
  private static GpuUse shard(long bytes, Double busy, double seconds) {
    return GpuUse.ofShard(new DeviceUse(bytes, 100, busy), seconds);
  }

  @Test
  void aRoundHasTheMostMemoryAndTheMeanUtilisationOfItsSeconds() {
    GpuUse round = shard(10, 0.5, 3).plus(shard(30, 0.9, 1)).plus(shard(20, 0.0, 4));

    assertThat(round.mostBytes()).isEqualTo(30);
    assertThat(round.utilization()).isCloseTo((3 * 0.5 + 0.9) / 8, within(1e-12));
  }

  @Test
  void whereUtilisationIsUnknownOtherShardsHaveTheMean() {
    GpuUse round = shard(30, null, 100).plus(shard(10, 0.5, 2));

    assertThat(round.mostBytes()).isEqualTo(30);
    assertThat(round.utilization()).isEqualTo(0.5);
    assertThat(shard(30, null, 100).utilization()).isNull();
  }

  @Test
  void shardsOfTheCpuHaveNeither() {
    GpuUse cpu = GpuUse.ofShard(null, 5);

    assertThat(cpu).isEqualTo(GpuUse.NONE);
    assertThat(cpu.mostBytes()).isNull();
    assertThat(cpu.utilization()).isNull();
    assertThat(cpu.plus(shard(10, 0.5, 2))).isEqualTo(shard(10, 0.5, 2));
  }
}
