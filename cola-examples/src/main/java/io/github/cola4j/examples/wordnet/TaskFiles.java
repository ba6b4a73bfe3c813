package io.github.cola4j.examples.wordnet;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Example;
import io.github.cola4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes tasks as JSON Lines: one object a line with {@code text}, {@code pair}, {@code label}. */
public final class TaskFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TaskFiles() {}

  /**
   * Writes {@code train.jsonl}, {@code validation.jsonl} and {@code test.jsonl} into a folder named
   * after the task, replacing what was there. A file is either complete or not there.
   *
   * @param folder the folder of all tasks; made where missing
   * @param task the task to write
   */
  public static void write(Path folder, TaskSplits task) throws IOException {
    Path own = Files.createDirectories(folder.resolve(task.name()));
    write(own.resolve("train.jsonl"), task.train());
    write(own.resolve("validation.jsonl"), task.validation());
    write(own.resolve("test.jsonl"), task.test());
  }

  private static void write(Path file, List<Example> examples) throws IOException {
    AtomicFile.writeText(
        file,
        out -> {
          for (Example example : examples) {
            out.write(JSON.writeValueAsString(json(example)));
            out.write('\n');
          }
        });
  }

  private static ObjectNode json(Example example) {
    ObjectNode json = JSON.createObjectNode().put("text", example.text());
    if (example.pair() != null) {
      json.put("pair", example.pair());
    }
    return json.put("label", example.label());
  }
}
