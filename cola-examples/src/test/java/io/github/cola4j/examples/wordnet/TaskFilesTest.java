package io.github.cola4j.examples.wordnet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.data.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskFilesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void whatIsWrittenReadsBackEqual() throws IOException {
    for (TaskSplits task : WordNetTasks.load(100, 30, 40, 3)) {
      TaskFiles.write(folder, task);
      assertThat(read(task.name(), "train.jsonl")).isEqualTo(task.train());
      assertThat(read(task.name(), "validation.jsonl")).isEqualTo(task.validation());
      assertThat(read(task.name(), "test.jsonl")).isEqualTo(task.test());
    }
  }

  @Test
  void replacesOldFilesAndLeavesNothingElse() throws IOException {
    Example accented = new Example("caf\u00e9 \"noir\"\nau lait", null, "yes");
    Example pair = new Example("caf\u00e9", "a small restaurant", "no");
    List<Example> none = List.of();
    TaskFiles.write(folder, new TaskSplits("t", List.of("yes"), List.of(pair, pair), none, none));
    TaskFiles.write(
        folder, new TaskSplits("t", List.of("no", "yes"), List.of(accented, pair), none, none));

    assertThat(Files.readString(folder.resolve("t/train.jsonl")))
        .isEqualTo(
            """
            {"text":"caf\u00e9 \\"noir\\"\\nau lait","label":"yes"}
            {"text":"caf\u00e9","pair":"a small restaurant","label":"no"}
            """);
    assertThat(folder.resolve("t"))
        .isDirectoryContaining(file -> file.endsWith("test.jsonl"))
        .isDirectoryNotContaining(file -> file.toString().endsWith(".tmp"));
  }

  private List<Example> read(String task, String file) throws IOException {
    List<Example> examples = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(task).resolve(file))) {
      JsonNode json = JSON.readTree(line);
      String pair = json.has("pair") ? json.get("pair").textValue() : null;
      examples.add(new Example(json.get("text").textValue(), pair, json.get("label").textValue()));
    }
    return examples;
  }
}
