package io.github.cola4j.spark.data.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuarantineTest {
  @TempDir Path folder;

  @Test
  void writesJsonLinesAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("out/bad.jsonl");
    BadRow row = new BadRow("a.csv", 3, "blank", "column 'text' is blank", "é\n\"x\"");

    Quarantine.write(file, List.of(row, row).iterator());
    Quarantine.write(file, List.of(row).iterator());

    List<String> lines = Files.readAllLines(file);
    assertThat(lines)
        .containsExactly(
            "{\"file\":\"a.csv\",\"line\":3,\"kind\":\"blank\",\"reason\":\"column 'text' is"
                + " blank\",\"content\":\"é\\n"
                + "\\\"x\\\"\"}");
    assertThat(new JsonMapper().readValue(lines.get(0), BadRow.class)).isEqualTo(row);
    assertThat(folder.resolve("out")).isDirectoryContaining(path -> path.equals(file));
    assertThat(folder.resolve("out").toFile().list()).hasSize(1);
  }

  @Test
  void cutsTheContentBetweenCharacters() {
    assertThat(new BadRow("a", 1, "k", "r", "x".repeat(501)).content()).hasSize(500);
    assertThat(new BadRow("a", 1, "k", "r", "x".repeat(499) + "😀").content()).hasSize(499);
  }

  @Test
  void refusesMoreThanTheLimit() {
    BadRow first = new BadRow("/d/a.csv", 7, "blank", "column 'text' is blank", ",x");

    assertThatCode(() -> Quarantine.check("t", Map.of("blank", 5L), 5, first))
        .doesNotThrowAnyException();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quarantine.check("t", Map.of("blank", 6L), 5, first))
        .withMessage(
            "task 't': 6 bad rows, more than the 5 allowed: {blank=6}; the first is /d/a.csv:7:"
                + " column 'text' is blank. Fix the data, or raise data.maxBadRows"
                + " (--max-bad-rows) to 6");
  }
}
