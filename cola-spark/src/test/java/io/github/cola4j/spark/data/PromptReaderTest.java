package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts: dialogues to answer, and the task that answers each. */
class PromptReaderTest extends LocalSparkTest {
  @TempDir Path folder;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  static ExampleRows<PromptRow> prompts(TaskColumn tasks, Path... paths) {
    return DialogueReader.readPrompts(
        session,
        Stream.of(paths).map(Path::toString).toList(),
        DialogueFormat.AUTO,
        DialogueColumns.defaults(),
        tasks,
        null);
  }

  @Test
  void promptsNeedNoAnswer() throws IOException {
    Path csv = write("a.csv", "instruction,input\nadd,1 2\n,3\nsay\n");
    Path chat =
        write(
            "b.jsonl",
            """
            {"messages": [{"role": "user", "content": "a"}]}
            {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
            {"messages": [{"role": "system", "content": "s"}, {"role": "assistant", "content": "b"}]}
            {"messages": [{"role": "assistant", "content": "b"}]}
            """);
    Path answered = write("c.json", "[{\"instruction\": \"x\", \"output\": [1]}]");
    Message system = new Message("system", "s");
    Message user = new Message("user", "a");

    try (ExampleRows<PromptRow> rows =
        prompts(new TaskColumn(null, List.of("t")), csv, chat, answered)) {
      assertThat(rows.examples().collect())
          .containsExactly(
              row("t", Dialogue.alpaca("add", "1 2", null), DialogueFormat.ALPACA, csv, 2),
              row("t", Dialogue.question("say"), DialogueFormat.ALPACA, csv, 4),
              row("t", new Dialogue(List.of(user)), DialogueFormat.CHAT, chat, 1),
              row("t", new Dialogue(List.of(system, user)), DialogueFormat.CHAT, chat, 2),
              row("t", Dialogue.question("x"), DialogueFormat.ALPACA, answered, 1));
      String nothing = "there is nothing to answer; expected a user's message";
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(3L, "column 'instruction' is missing or empty"),
              tuple(3L, nothing),
              tuple(4L, nothing));
    }
  }

  private static PromptRow row(
      String task, Dialogue dialogue, DialogueFormat format, Path file, long line) {
    return new PromptRow(task, dialogue, format, file.toString(), line);
  }

  @Test
  void aColumnPicksTheTaskOfAPrompt() throws IOException {
    Path file = write("a.csv", "kind,instruction\nlaw,x\nmath,y\ncooking,z\n");

    try (ExampleRows<PromptRow> rows =
        prompts(new TaskColumn("kind", List.of("law", "math")), file)) {
      assertThat(rows.examples().map(PromptRow::task).collect()).containsExactly("law", "math");
      assertThat(rows.bad().take(5))
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(4L, "column 'kind' is 'cooking'; expected one of the tasks law, math"));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> prompts(new TaskColumn("task", List.of("law")), file))
        .withMessageEndingWith("(nearest: kind); set --task-column");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TaskColumn(null, List.of("law", "math")));
  }
}
