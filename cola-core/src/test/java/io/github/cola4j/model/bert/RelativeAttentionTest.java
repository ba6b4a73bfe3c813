package io.github.cola4j.model.bert;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelativeAttentionTest {

  /** The places at which {@code MPNetEncoder.relative_position_bucket} of transformers changes. */
  @ParameterizedTest
  @CsvSource({
    "-200, -91, 15",
    "-90, -64, 14",
    "-63, -46, 13",
    "-45, -32, 12",
    "-31, -23, 11",
    "-22, -16, 10",
    "-15, -12, 9",
    "-11, -8, 8",
    "-7, -7, 7",
    "-1, -1, 1",
    "0, 0, 0",
    "1, 1, 17",
    "7, 7, 23",
    "8, 11, 24",
    "12, 15, 25",
    "16, 22, 26",
    "23, 31, 27",
    "32, 45, 28",
    "46, 63, 29",
    "64, 90, 30",
    "91, 511, 31"
  })
  void bucketsByDistance(int from, int to, int bucket) {
    for (int relative = from; relative <= to; relative++) {
      assertThat(RelativeAttention.bucket(relative)).as("of %d", relative).isEqualTo(bucket);
    }
  }
}
