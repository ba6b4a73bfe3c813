package io.github.cola4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every command prints its result with {@code --json}, and nothing else on standard output. */
class JsonCommandsTest {
  private static final String BERT = "../cola-core/src/test/resources/goldens/bert/model";
  private static final String LLAMA = "../cola-core/src/test/resources/goldens/decoder/llama/model";

  /**
   * Not run here, as they take long, or a Spark session of their own; {@code quickstart} is, in
   * QuickStartTest.
   */
  private static final Set<String> LARGE =
      Set.of(
          "quickstart",
          "dl4j",
          "bench encoder",
          "bench memory",
          "bench skew",
          "bench small",
          "bench jobs");

  /** Helps alone. */
  private static final Set<String> NO_RESULT = Set.of("help");

  /** Fields of a command's document that scripts may rely on, in docs/how-to/pipelines.md. */
  private static final Map<String, List<String>> FIELDS = new LinkedHashMap<>();

  /** Arguments of each command, in the order in which they run; F is the folder. */
  private static final Map<String, String> ARGUMENTS = new LinkedHashMap<>();

  private static void row(String command, String arguments, String fields) {
    ARGUMENTS.put(command, arguments);
    FIELDS.put(command, List.of(fields.split(" ", -1)));
  }

  static {
    row("doctor", "", "problems findings");
    row("inspect", BERT, "model type fingerprint adapter modules adapterParameters");
    row(
        "train",
        "F/job.yaml",
        "status output tasks adapterParameters modelParameters seconds time kernels");
    row("compare", "F/comparison.yaml", "output table csv methods runs");
    row(
        "evaluate",
        "F/out --data F/rows.jsonl",
        "task classes examples accuracy macroF1 loss badRows");
    row(
        "predict",
        "F/out --data F/rows.jsonl --output F/labelled.jsonl",
        "output tasks predictions badRows");
    row("export", "F/out --output F/peft", "output task format peftType modules rank");
    row(
        "import",
        "F/peft --model " + BERT + " --task again --classes a,b --output F/again",
        "output task method modules");
    row("merge", "F/out --output F/merged", "output model task dtype files");
    row(
        "combine",
        "F/out/adapters/topic --output F/combined",
        "output task how rank parameters adapters");
    row(
        "quantize",
        LLAMA + " F/quantized --type int8",
        "output model type matrices parameters bytes");
    row("chat", LLAMA + " --template alpaca --max-new-tokens 2", "message answer ended");
    row("wordnet", "F/words --train 30 --validation 4 --test 26", "output tasks");
    row("bench linear", "--shape 4x16x16 --rounds 1", "rows");
    row(
        "bench speculative",
        LLAMA + " " + LLAMA + " --template alpaca --max-new-tokens 4 --rounds 1",
        "rows");
    row(
        "bench sft",
        LLAMA + " F/alpaca.json --samples 2 --batch-size 2 --peak-size 16",
        "samples tokens");
    row(
        "bench rounds",
        "--model " + BERT + " --tasks 1 --shards 1 --steps 1 --rounds 2 --validation 2",
        "rows");
  }

  @TempDir Path folder;

  private static void leaves(CommandLine line, String name, Set<String> all) {
    if (line.getSubcommands().isEmpty()) {
      all.add(name);
    }
    line.getSubcommands()
        .forEach((sub, below) -> leaves(below, name.isEmpty() ? sub : name + " " + sub, all));
  }

  @Test
  void everyCommandHasARowHere() {
    Set<String> all = new TreeSet<>();
    leaves(Cola.commandLine(), "", all);
    Set<String> known = new TreeSet<>(ARGUMENTS.keySet());
    known.addAll(LARGE);
    known.addAll(NO_RESULT);
    assertThat(known)
        .as("a new command needs --json, a row here and one in the docs")
        .isEqualTo(all);
    all.removeAll(NO_RESULT);
    for (String name : all) {
      CommandLine line = Cola.commandLine();
      for (String part : name.split(" ", -1)) {
        line = line.getSubcommands().get(part);
      }
      assertThat(line.getCommandSpec().optionsMap()).as(name).containsKeys("--json", "--quiet");
    }
  }

  @Test
  void everyCommandPrintsOneDocumentWithItsFields() throws IOException {
    write();
    InputStream in = System.in;
    System.setIn(new ByteArrayInputStream("hello\n".getBytes(UTF_8)));
    try (OpenSession shared = new SparkOptions().open("json")) { // which all commands use
      assertThat(shared.session()).isNotNull();
      for (String command : ARGUMENTS.keySet()) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ", -1)));
        if (!ARGUMENTS.get(command).isEmpty()) {
          for (String argument : ARGUMENTS.get(command).split(" ", -1)) {
            arguments.add(argument.replaceFirst("^F/", folder + "/"));
          }
        }
        JsonNode document = JsonRun.of(arguments.toArray(String[]::new));
        assertThat(document.path("command").asText()).isEqualTo(command);
        for (String field : FIELDS.get(command)) {
          assertThat(document.has(field)).as(command + ": " + field).isTrue();
        }
      }
    } finally {
      System.setIn(in);
    }
  }

  /** The fields that scripts rely on are documented. */
  @Test
  void theFieldsAreDocumented() throws IOException {
    String page = Files.readString(Path.of("../docs/how-to/pipelines.md"));
    FIELDS.forEach(
        (command, fields) -> {
          String row =
              page.lines()
                  .filter(line -> line.startsWith("| `"))
                  .filter(line -> line.split("\\|", -1)[1].contains("`" + command + "`"))
                  .findFirst()
                  .orElse("");
          for (String field : fields) {
            assertThat(row).as(command).contains("`" + field + "`");
          }
        });
  }

  private void write() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i : IntStream.range(0, 24).toArray()) {
      rows.append("{\"text\": \"the bank ").append("rate ".repeat(i % 5));
      rows.append("\", \"label\": \"").append(i % 2 == 0 ? "a" : "b").append("\"}\n");
    }
    Files.writeString(folder.resolve("rows.jsonl"), rows);
    String job =
        """
        model: %s
        tasks:
          - {name: topic, train: rows.jsonl, test: rows.jsonl}
        training: {epochs: 1, batchSize: 8}
        output: out
        """
            .formatted(Path.of(BERT).toAbsolutePath().normalize());
    Files.writeString(folder.resolve("job.yaml"), job);
    Files.writeString(
        folder.resolve("comparison.yaml"),
        """
        job:
        %s
        methods:
          - {name: lora, set: {adapter.method: lora}}
          - {name: pissa, set: {adapter.method: pissa}}
        seeds: [1]
        samples: [16]
        output: compared
        """
            .formatted(job.replace("output: out\n", "").indent(2).stripTrailing()));
    Files.writeString(
        folder.resolve("alpaca.json"),
        "[{\"instruction\": \"say\", \"input\": \"\", \"output\": \"a b\"},"
            + " {\"instruction\": \"tell\", \"input\": \"\", \"output\": \"c\"}]");
  }
}
