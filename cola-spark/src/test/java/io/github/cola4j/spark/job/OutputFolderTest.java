package io.github.cola4j.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  @TempDir Path folder;

  @Test
  void appearsAtCommitAndReplacesTheOldOne() throws IOException {
    Path target = folder.resolve("a/out");
    Path left = Files.createDirectories(folder.resolve("a/out.running/old"));
    Files.createDirectories(target);
    Files.writeString(target.resolve("old"), "old");
    Files.writeString(target.resolve("results.json"), "{}");
    Files.writeString(target.resolve("metrics.jsonl"), "{}");
    try (OutputFolder output = OutputFolder.create(target, true)) {
      assertThat(left).doesNotExist();
      Files.writeString(output.path().resolve("new"), "new");
      assertThat(target.resolve("old")).hasContent("old");
      output.commit();
    }
    assertThat(target.resolve("new")).hasContent("new");
    assertThat(target.resolve("old")).doesNotExist();
    assertThat(folder.resolve("a/out.running")).doesNotExist();
  }

  @Test
  void withoutACommitNothingStays() throws IOException {
    Path target = folder.resolve("out");
    try (OutputFolder output = OutputFolder.create(target, false)) {
      Files.createDirectories(output.path().resolve("adapters/x"));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesWhatIsTaken() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    for (boolean overwrite : new boolean[] {false, true}) {
      assertThatThrownBy(() -> OutputFolder.create(folder, overwrite))
          .isInstanceOf(InvalidJobException.class)
          .hasMessageContainingAll("is not empty and has no results.json", "another folder");
    }
    Files.writeString(folder.resolve("results.json"), "{}");
    assertThatThrownBy(() -> OutputFolder.create(folder, true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is not empty and has no metrics.jsonl");
    Files.writeString(folder.resolve("metrics.jsonl"), "{}");
    assertThatThrownBy(() -> OutputFolder.create(folder, false))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is not empty; name another folder, or allow --overwrite");
    OutputFolder.requireFree(folder, true);
    assertThatThrownBy(() -> OutputFolder.create(file, true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is a file");
    OutputFolder.requireFree(Files.createDirectory(folder.resolve("empty")), false);
  }
}
