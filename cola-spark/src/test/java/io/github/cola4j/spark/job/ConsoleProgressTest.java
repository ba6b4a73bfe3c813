package io.github.cola4j.spark.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.training.RoundMetrics;
import io.github.cola4j.spark.training.RoundTime;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {

  @Test
  void printsALineARoundAndTask() {
    Locale before = Locale.getDefault();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Locale.setDefault(Locale.GERMANY);
    try (PrintStream out = new PrintStream(bytes, true, UTF_8);
        ConsoleProgress progress = new ConsoleProgress(out, false, 2)) {
      progress.accept(round(1, "topic", true));
      progress.accept(round(1, "duplicate", false));
      progress.accept(round(2, "topic", false));
      progress.accept(round(3, "topic", false));
    } finally {
      Locale.setDefault(before);
    }
    List<String> lines =
        bytes.toString(UTF_8).lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
    assertThat(lines)
        .containsExactly(
            "round task step loss val loss val acc examples/s time left",
            "1 topic 5/20 0.5000 0.2500 87.5% * 123 90s",
            "1 duplicate 5/20 0.5000 0.2500 87.5% 123 90s",
            "2 topic 10/20 0.5000 0.2500 87.5% 123 90s",
            "3 topic 15/20 0.5000 - - 123 90s");
  }

  /** Of the third round, which was not validated, or another. */
  private static RoundMetrics round(int round, String task, boolean best) {
    return new RoundMetrics(
        round,
        task,
        5 * round,
        20,
        0.5,
        3e-4,
        1.5,
        round == 3 ? null : 0.25,
        round == 3 ? null : 0.875,
        round == 3 ? null : 0.8,
        null,
        best,
        80,
        900,
        2,
        0,
        null,
        100,
        200,
        1500,
        4,
        2,
        null,
        null,
        123.4,
        3,
        RoundTime.ZERO,
        90,
        "2026-03-01T12:30:00.250Z");
  }
}
