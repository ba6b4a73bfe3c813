package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names and labels of others are shown by a terminal, and not obeyed. */
class TerminalEscapesTest {
  private static final String EVIL = "\u001b[2Jevil";

  @TempDir Path folder;

  @Test
  void labelsAndPathsWithControlCharactersAreShownAsEscapes() throws IOException {
    TinyJob job = new TinyJob(folder);
    job.write("train.jsonl", TinyJob.lines(24).replace("fin", "\\u001b[2Jevil"));
    job.write("validation.jsonl", TinyJob.lines(6).replace("fin", "\\u001b[2Jevil"));
    job.write("test.jsonl", TinyJob.lines(6).replace("fin", "\\u001b]0;other\\u0007"));

    CliRun refused = job.train("--set", "training.epochs=1");
    refused.failsWith(1, "{\\u001b]0;other\\u0007=3}", "[\\u001b[2Jevil, med]");
    shown(refused);

    job.write("test.jsonl", TinyJob.lines(6).replace("fin", "\\u001b[2Jevil"));
    shown(job.train("--set", "training.epochs=1").succeeds());
    JsonNode stored =
        new JsonMapper().readTree(job.path("out/adapters/topic/adapter.json").toFile());
    assertThat(stored.get("classes").get(0).asText()).isEqualTo(EVIL);

    CliRun inspected = CliRun.cola("inspect", job.path("out/adapters/topic").toString());
    shown(inspected.succeeds());
    assertThat(inspected.out()).contains("classes [\\u001b[2Jevil, med]");
    shown(CliRun.cola("train", EVIL + ".yaml"));
    shown(CliRun.cola("train", "job.yaml", EVIL));
  }

  private static void shown(CliRun run) {
    assertThat(run.out() + run.err()).doesNotContain("\u001b", "\u0007");
  }

  @Test
  void everyWayToPrintIsGuarded() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out =
        new VisibleStream(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
    Object object = new StringBuilder(EVIL);
    char[] chars = EVIL.toCharArray();
    out.print(EVIL);
    out.println(EVIL);
    out.print(object);
    out.println(object);
    out.print(chars);
    out.println(chars);
    out.print('\u001b');
    out.println('\u001b');
    out.append(EVIL).append('\u001b').append(EVIL, 0, 1);
    out.printf("%s %c\tü%n", EVIL, '\u001b');
    String printed = bytes.toString(StandardCharsets.UTF_8);
    assertThat(printed)
        .doesNotContain("\u001b")
        .endsWith("\\u001b[2Jevil \\u001b\tü" + System.lineSeparator());
    assertThat(printed.split("\\\\u001b", -1)).hasSize(14);
  }

  @Test
  void stackTracesOfLibrariesArePrintedOnlyIfAskedFor() {
    Exception thrown = new IllegalStateException("outer", new NullPointerException("inner"));
    assertThat(printed(thrown, false))
        .isEqualTo(
            String.format(
                "java.lang.IllegalStateException: outer%n"
                    + "Caused by: java.lang.NullPointerException: inner%n"));
    assertThat(printed(thrown, true)).contains("\tat " + TerminalEscapesTest.class.getName());
    CliRun run = CliRun.cola("train", "nothing.yaml");
    assertThat(run.err()).doesNotContain("\tat ");
    for (List<String> order :
        List.of(List.of("--verbose", "train"), List.of("train", "--verbose"))) {
      List<String> arguments = new ArrayList<>(order);
      arguments.add("nothing.yaml");
      assertThat(CliRun.cola(arguments).err())
          .startsWith("error: cannot read the job file nothing.yaml: there is no such file\n")
          .contains("\tat io.github.cola4j.spark.job.spec.YamlFile.read");
    }
  }

  private static String printed(Exception thrown, boolean traces) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    thrown.printStackTrace(new VisibleStream(out, traces));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** In a process of its own, since Log4j's settings are a process's. */
  @Test
  void aFailingSparkTaskIsOneLineOnTheConsole() throws Exception {
    TinyJob job = new TinyJob(folder);
    job.write("train.parquet", "no parquet at all");
    String master = "--master=local[1]";
    String set = "--set=tasks.0.train=train.parquet";
    String file = job.path("job.yaml").toString();
    try (ColaProcess run =
        new ColaProcess(
            folder.resolve("log"), "true", List.of(), "train", file, set, master, "--quiet")) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.log().lines().filter(line -> !line.startsWith("WARNING: Using incubator")))
          .singleElement()
          .asString()
          .startsWith("error: ")
          .contains("train.parquet");
    }
  }
}
