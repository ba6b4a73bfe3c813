package io.github.cola4j.spark.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataPathsTest {
  @TempDir Path folder;

  @Test
  void commasSeparatePathsUnlessTheyArePartOfOne() throws IOException {
    String file = Files.createFile(folder.resolve("a,b.jsonl")).toString();

    assertThat(DataPaths.of(List.of(file, "c.csv"))).containsExactly(file, "c.csv");
    assertThat(DataPaths.of(List.of("a,b.csv,table:c"))).containsExactly("a", "b.csv", "table:c");
    assertThat(DataPaths.of(List.of("d/{a,b}.csv,c.csv"))).containsExactly("d/{a,b}.csv", "c.csv");
  }
}
