package io.github.cola4j.spark.data.summary;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SummaryTextTest {

  private static TokenLengths lengths(int... lengths) {
    TreeMap<Integer, Long> counts = new TreeMap<>();
    IntStream.of(lengths).forEach(length -> counts.merge(length, 1L, Long::sum));
    return new TokenLengths(counts);
  }

  private static TaskSummary task(String name, Map<String, Long> classes) {
    return TaskSummary.of(
            name,
            new DataSetSummary(4, classes, lengths(3, 5, 5, 9), 1),
            new DataSetSummary(2, classes, lengths(4, 12), 2),
            Map.of())
        .withFiles(DataSetSummary.of(7, Map.of()), Map.of("no text", 5L), 0);
  }

  @Test
  void lengthsHaveTheirQuantiles() {
    TokenLengths all = lengths(3, 5, 5, 9).plus(lengths(4, 12));
    assertThat(all.examples()).isEqualTo(6);
    assertThat(all.total()).isEqualTo(38);
    assertThat(all.shortest()).isEqualTo(3);
    assertThat(all.longest()).isEqualTo(12);
    assertThat(all.quantile(0)).isEqualTo(3);
    assertThat(all.quantile(0.5)).isEqualTo(5);
    assertThat(all.quantile(0.84)).isEqualTo(12);
    assertThat(all.quantile(1)).isEqualTo(12);
    assertThat(TokenLengths.NONE.quantile(0.5)).isZero();
    assertThat(TokenLengths.NONE.mean()).isZero();
  }

  @Test
  void aTaskIsALine() {
    List<String> lines = SummaryText.lines(List.of(task("topic", Map.of("a", 3L, "b\u001b", 1L))));
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1))
        .matches("topic +4 +2 +7 +3–12, mean 6 +3 +5  2: a 3, b\\\\u001b 1")
        .hasSameSizeAs(lines.get(0).replace("classes", "2: a 3, b_u001b 1"));
  }

  @Test
  void ofManyClassesTheLargestAreShownAndTheSmallest() {
    Map<String, Long> classes = new LinkedHashMap<>();
    IntStream.range(0, 100).forEach(c -> classes.put("class " + c + "x".repeat(500), 100L - c));
    String line = SummaryText.lines(List.of(task("topic", classes))).get(1);
    assertThat(line).contains("  100: class 0xxx").contains("… 98, …, class 99x").endsWith("… 1");
    assertThat(line).hasSizeLessThan(250);
  }

  @Test
  void ofManyTasksTheFirstAreShownAndAllTogether() {
    List<TaskSummary> tasks =
        IntStream.range(0, 300).mapToObj(t -> task("task" + t, Map.of())).toList();
    List<String> lines = SummaryText.lines(tasks);
    assertThat(lines).hasSize(13);
    assertThat(lines.get(11)).isEqualTo("… 290 more tasks");
    assertThat(lines.get(12)).matches("all 300 tasks +1200 +600 +2100 +3–12, mean 6 +900 +1500");
  }

  @Test
  void whatIsLostIsSaidWithItsReason() {
    TaskSummary lost =
        TaskSummary.of(
                "chat",
                new DataSetSummary(4, Map.of(), lengths(3), 0),
                new DataSetSummary(2, Map.of(), lengths(4), 0),
                Map.of("the answer is empty", 2L))
            .withFiles(null, Map.of(), 3);
    assertThat(SummaryText.lines(List.of(lost)))
        .contains("chat: 2 dropped {the answer is empty=2}, 3 duplicates");
    assertThat(SummaryText.lines(List.of(lost)).get(1)).contains(" – ");
  }
}
