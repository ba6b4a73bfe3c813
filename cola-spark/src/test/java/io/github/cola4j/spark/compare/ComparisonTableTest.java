package io.github.cola4j.spark.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.job.TaskResult;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ComparisonTableTest {
  private static final List<String> TASKS = List.of("t", "u");

  private static TaskResult task(String name, double accuracy, Double choices, Double probe) {
    try {
      return new JsonMapper()
          .readValue(
              "{\"task\": \"%s\", \"accuracy\": %s, \"choiceAccuracy\": %s, \"probeAccuracy\": %s}"
                  .formatted(name, accuracy, choices, probe),
              TaskResult.class);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RunResult run(String method, long seed, double t, double u, Double probe) {
    return new RunResult(
        method,
        25,
        seed,
        List.of(task("t", t, null, probe), task("u", u, null, probe)),
        7,
        seed,
        100);
  }

  private static ComparisonTable table(Double probe) {
    return new ComparisonTable(
        List.of("first", "other"),
        List.of(25),
        Stream.of(
                run("first", 1, 0.2, 0.4, probe),
                run("other", 1, 0.3, 0.5, null),
                run("first", 2, 0.6, 0.8, probe),
                run("other", 2, 0.7, 0.9, null))
            .toList());
  }

  @Test
  void differencesAreTakenSeedBySeed() {
    ComparisonTable table = table(null);
    assertThat(table.accuracy("first", 25, TASKS).mean()).isCloseTo(0.5, within(1e-12));
    assertThat(table.accuracy("first", 25, TASKS).standardError()).isCloseTo(0.2, within(1e-12));
    assertThat(table.accuracy("other", 25, List.of("u")).mean()).isCloseTo(0.7, within(1e-12));
    Estimate difference = table.difference("other", 25, TASKS);
    assertThat(difference.mean()).isCloseTo(0.1, within(1e-12));
    assertThat(difference.standardError()).isCloseTo(0, within(1e-12));
    assertThat(table.estimate("other", 25, RunResult::seconds).mean()).isEqualTo(1.5);
    assertThat(table.methods()).containsExactly("first", "other");
    assertThat(table.tasks()).isEqualTo(TASKS);
  }

  @Test
  void aBaselineIsARowOfItsOwn() {
    ComparisonTable table = table(0.25);
    assertThat(table.methods()).containsExactly("first", "other", "linear-probe");
    assertThat(table.accuracy("linear-probe", 25, TASKS)).isEqualTo(new Estimate(0.25, 0, 2));
    assertThat(table.results()).hasSize(6);
  }

  @Test
  void ofALanguageModelTheQuestionsCount() {
    RunResult run = new RunResult("m", 25, 1, List.of(task("t", 0.9, 0.4, null)), 7, 1, 100);
    assertThat(run.accuracy("t")).isEqualTo(0.4);
  }
}
