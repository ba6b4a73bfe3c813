package io.github.cola4j.spark.inference.score;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AnswerProgressTest {
  private final List<String> lines = new ArrayList<>();
  private double seconds;

  private long now() {
    return (long) (seconds * TimeUnit.SECONDS.toNanos(1));
  }

  @Test
  void reportsAtMostEveryTenSecondsAndNotTheEnd() {
    AnswerProgress progress = new AnswerProgress("sums", 2000, lines::add, this::now);
    assertThat(lines).containsExactly("sums: generating answers to 2,000 dialogues");
    seconds = 9;
    progress.accept(300);
    assertThat(lines).hasSize(1);
    seconds = 20;
    progress.accept(500);
    seconds = 29;
    progress.accept(900);
    assertThat(lines).last().isEqualTo("sums: 500 of 2,000 dialogues answered, 20s, time left 60s");
    seconds = 80;
    progress.accept(2000);
    assertThat(lines).hasSize(2);
  }
}
