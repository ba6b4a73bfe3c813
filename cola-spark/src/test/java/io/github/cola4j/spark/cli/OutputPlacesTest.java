package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.claim.ClaimedFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where commands write, and what they leave alone. */
class OutputPlacesTest {
  @TempDir static Path folder;
  @TempDir Path other;
  private static TinyJob job;
  private Path data;

  @BeforeAll
  static void train() {
    job = new TinyJob(folder);
    job.write("train.jsonl", TinyJob.lines(24) + "{\"text\": 1\n");
    job.train().succeeds();
  }

  @BeforeEach
  void copyData() throws IOException {
    data = Files.copy(job.path("test.jsonl"), other.resolve("data.jsonl"));
  }

  private static CliRun predict(String data, Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("predict", job.path("out/adapters/topic").toString()));
    arguments.addAll(List.of("--data", data, "--output", output.toString()));
    arguments.addAll(List.of("--master", "local[1]"));
    arguments.addAll(List.of(more));
    return CliRun.cola(arguments);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(other)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void predictionsDoNotReplaceWhatIsRead() throws IOException {
    String before = Files.readString(data);
    Path link = Files.createSymbolicLink(other.resolve("link.jsonl"), data);
    Path up = other.resolve("no/../data.jsonl");
    for (String read : List.of(data.toString(), other.toString(), other + "/*.jsonl")) {
      for (Path output : List.of(data, link, up, other.resolve("new.jsonl"))) {
        if (!read.equals(data.toString()) || !output.endsWith("new.jsonl")) {
          predict(read, output, "--overwrite")
              .failsWith(2, "output " + output, "is among what is read, " + read);
        }
      }
    }
    // bad rows of it would go to what is read
    Path bad = Files.copy(data, other.resolve("x.jsonl.bad.jsonl"));
    predict(bad.toString(), other.resolve("x.jsonl"), "--overwrite")
        .failsWith(2, "output " + bad, "is among what is read");
    predict(data.toString(), job.path("out/adapters/topic/adapter.json"), "--overwrite")
        .failsWith(2, "is among what is read");
    assertThat(data).hasContent(before);
    assertThat(bad).hasContent(before);
    assertThat(names()).containsExactly("data.jsonl", "link.jsonl", "x.jsonl.bad.jsonl");
  }

  @Test
  void filesBesideTheOutputAreLeftAlone() throws IOException {
    Files.writeString(other.resolve("x.jsonl.tmp"), "mine");
    Files.createDirectory(other.resolve("x.jsonl.running"));
    Path elsewhere =
        Files.writeString(Files.createDirectory(other.resolve("real")).resolve("y"), "");
    Path link = Files.createSymbolicLink(other.resolve("link"), elsewhere);
    predict(data.toString(), other.resolve("x.jsonl")).succeeds();
    predict(data.toString(), link, "--overwrite", "--output-format", "jsonl").succeeds();
    assertThat(link).isSymbolicLink();
    assertThat(Files.readAllLines(elsewhere)).hasSize(8);
    assertThat(other.resolve("x.jsonl.tmp")).hasContent("mine");
    assertThat(other.resolve("real")).isDirectoryNotContaining(path -> !path.equals(elsewhere));
    Path dangling = Files.createSymbolicLink(other.resolve("dangling"), other.resolve("nothing"));
    predict(data.toString(), dangling, "--overwrite", "--output-format", "jsonl")
        .failsWith(2, "a link to what is not there");
    assertThat(names())
        .containsExactly(
            "dangling", "data.jsonl", "link", "real", "x.jsonl", "x.jsonl.running", "x.jsonl.tmp");
  }

  @Test
  void aPipeGetsTheLinesAsTheyCome() throws Exception {
    Path pipe = other.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", pipe.toString()).start();
    Files.writeString(data, Files.readString(data) + "{\"text\": 1\n");
    CliRun run = predict(data.toString(), pipe).succeeds();
    assertThat(new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
        .hasSize(9)
        .last()
        .asString()
        .contains("malformed JSON");
    assertThat(run.err()).contains("1 bad rows: not kept, since ");
    assertThat(names()).containsExactly("data.jsonl", "pipe");
  }

  @Test
  void oneRunAtATimePredictsIntoAFile() throws IOException {
    Path output = other.resolve("x.jsonl");
    try (ClaimedFolder claimed = ClaimedFolder.of(other.toRealPath().resolve("x.jsonl"))) {
      predict(data.toString(), output).failsWith(2, "another run writes to it");
      assertThat(claimed.path()).exists();
    }
    assertThat(output).doesNotExist();
  }

  @Test
  void resultsDoNotGoWhereDataAre() throws IOException {
    Path folderOfData = Files.createDirectory(other.resolve("data"));
    Files.copy(job.path("train.jsonl"), folderOfData.resolve("train.jsonl"));
    String train = "tasks.0.train=" + folderOfData;
    job.train("--set", train, "--output", folderOfData.resolve("out").toString())
        .failsWith(2, "output " + folderOfData.resolve("out"), "is among what is read");
    job.train("--set", train + "/*", "--output", folderOfData.resolve("out").toString())
        .failsWith(2, "is among what is read, " + folderOfData + "/*");
    Path result = other.resolve("result");
    Files.createDirectories(result.resolve("data"));
    Files.writeString(result.resolve("results.json"), "{}");
    Files.writeString(result.resolve("metrics.jsonl"), "{}");
    Path inside = Files.copy(job.path("train.jsonl"), result.resolve("data/train.jsonl"));
    job.train("--set", "tasks.0.train=" + inside, "--output", result.toString(), "--overwrite")
        .failsWith(2, "output " + result + " holds what is read, " + inside);
    assertThat(inside).exists();
    // beside a file of data is another matter
    job.train("--output", other.resolve("beside").toString()).succeeds();
  }

  @Test
  void whatCannotBeWrittenIsSaidBeforeTheFirstRound() throws IOException {
    Path file = Files.writeString(other.resolve("file"), "mine");
    String name = "\u4e2d".repeat(100); // 300 bytes
    CliRun run = job.train("--set", "tasks.0.name=" + name, "--output", other + "/out");
    run.failsWith(1, "cannot write the results to", "too long", "remove the cause");
    assertThat(run.err()).doesNotContain("    1  ");
    job.train("--output", file.resolve("out").toString())
        .failsWith(2, "file/out cannot be written", "name another place");
    job.train("--output", other + "/out", "--set", "checkpoint.folder=" + file)
        .failsWith(2, "cannot write a checkpoint to", "checkpoint.every: 0");
    assertThat(names()).containsExactly("data.jsonl", "file");
  }

  @Test
  void filesOfOneRunHaveOneKindOfPermission() throws IOException {
    Set<Object> permissions = new HashSet<>();
    try (Stream<Path> files = Files.walk(job.path("out"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        permissions.add(Files.getPosixFilePermissions(file));
      }
    }
    assertThat(job.path("out/quarantine.jsonl")).exists();
    assertThat(permissions).containsExactly(Files.getPosixFilePermissions(job.path("train.jsonl")));
  }

  /** Every file with the time of its last change and its size. */
  private static Map<String, String> times(Path folder) throws IOException {
    Map<String, String> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        times.put(
            folder.relativize(file).toString(),
            Files.getLastModifiedTime(file) + " " + Files.size(file));
      }
    }
    return times;
  }

  @Test
  void whatIsCompleteIsNotTrainedAgain() throws IOException {
    String output = other.resolve("out").toString();
    CliRun first = job.train("--output", output, "--quiet").succeeds();
    assertThat(first.err().lines())
        .singleElement()
        .asString()
        .startsWith("WARNING: fewer than 50 validation examples");
    assertThat(first.out()).contains("Results, metrics and adapters: " + output);
    Path results = other.resolve("out/results.json");
    String before = Files.readString(results);
    Map<String, String> files = times(other);
    CliRun again = job.train("--output", output, "--resume").succeeds();
    assertThat(times(other)).isEqualTo(files);
    JsonNode printed =
        new JsonMapper()
            .readTree(
                job.train("--output", output, "--resume", "--json", "--set", "checkpoint.every=0")
                    .succeeds()
                    .out());
    assertThat(printed.path("status").asText()).isEqualTo("already complete");
    assertThat(printed.path("output").asText()).isEqualTo(output);
    assertThat(printed.path("tasks")).hasSize(1);
    assertThat(times(other)).isEqualTo(files);
    assertThat(again.out())
        .contains("already complete, --overwrite trains it from scratch: " + output, "topic");
    assertThat(again.err()).doesNotContain("    1  topic");
    assertThat(results).hasContent(before);
    job.train("--output", output, "--resume", "--set", "training.epochs=3")
        .failsWith(2, "output " + output + " is not empty", "--overwrite");
    job.train("--output", output).failsWith(2, "output " + output + " is not empty");
    assertThat(results).hasContent(before);
    CliRun anew = job.train("--output", output, "--resume", "--overwrite").succeeds();
    assertThat(anew.err()).contains("    1  topic");
    assertThat(names()).containsExactly("data.jsonl", "out");
  }

  @Test
  void aNameThatTheLocaleCannotWriteIsSaidAtOnce() throws Exception {
    String yaml = TinyJob.YAML.replace("name: topic", "name: ünï");
    assertThat(yaml).contains("ünï");
    Path file = Files.writeString(folder.resolve("names.yaml"), yaml);
    String[] arguments = {
      "train", file.toString(), "--master", "local[1]", "--output", other + "/out"
    };
    String encoding = "export LC_ALL=C";
    try (ColaProcess cola =
        new ColaProcess(other.resolve("C.log"), encoding, List.of(), arguments)) {
      assertThat(cola.exitCode()).as(cola.log()).isEqualTo(2);
      assertThat(cola.log()).contains("error: ", "set LC_ALL=C.UTF-8").doesNotContain("    1  ");
    }
    try (ColaProcess cola =
        new ColaProcess(other.resolve("8.log"), encoding + ".UTF-8", List.of(), arguments)) {
      assertThat(cola.exitCode()).as(cola.log()).isZero();
    }
    assertThat(other.resolve("out/adapters")).isDirectoryContaining("glob:**/ünï");
  }
}
