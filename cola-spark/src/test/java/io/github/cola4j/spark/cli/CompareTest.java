package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.claim.EndedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CompareTest {
  /** CoLA with full pairing, and the same training with one pair (docs/explanation). */
  private static final String YAML =
      """
      job:
        model: %s
        tasks:
          - {name: topic, train: train.jsonl, validation: validation.jsonl, test: test.jsonl}
        training: {epochs: 2, batchSize: 4, optimizer: {learningRate: 5e-4, clipNorm: 0}}
        baseline: true
      methods:
        - name: cola
          set: {adapter.a: 2, adapter.b: 3, adapter.rank: 2, training.optimizer.learningRate: 1e-3}
        - name: pissa-scaled
          set:
            adapter: {method: pissa, rank: 2}
            training.optimizer.learningRate: 2e-3
            training.optimizer.bRatio: 1.5
      seeds: [1, 2]
      samples: [16, 8]
      perSamples: {8: {training.epochs: 3}}
      output: compared
      """
          .formatted(TinyModel.FOLDER);

  private static final JsonMapper MAPPER = new JsonMapper();

  @TempDir Path folder;
  private TinyJob files;

  @BeforeEach
  void write() {
    files = new TinyJob(folder);
    files.write("comparison.yaml", YAML);
  }

  private CliRun compare(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("compare", files.path("comparison.yaml").toString(), "--master", "local[2]"));
    arguments.addAll(List.of(more));
    return CliRun.cola(arguments);
  }

  private JsonNode result(String method, int samples, int seed) throws IOException {
    Path run = folder.resolve("compared/runs/" + method + "/" + samples + "/" + seed);
    return MAPPER.readTree(run.resolve("results.json").toFile());
  }

  private double accuracy(String method, int samples, int seed) throws IOException {
    return result(method, samples, seed).at("/tasks/0/accuracy").asDouble();
  }

  @Test
  void everyMethodIsTrainedWithEverySizeAndSeedAndAnInterruptedComparisonGoesOn() throws Exception {
    CliRun first = compare().succeeds();
    assertThat(first.err())
        .contains("2 methods, 2 seeds, samples [8, 16]: 8 runs, 0 of them done already")
        .contains("8/8", "left 0:00:00");
    assertThat(first.out()).contains("compared/comparison.md");
    for (int samples : List.of(8, 16)) {
      for (int seed : List.of(1, 2)) {
        JsonNode cola = result("cola", samples, seed);
        JsonNode pissa = result("pissa-scaled", samples, seed);
        assertThat(cola.at("/tasks/0/trainExamples").asInt()).isEqualTo(samples);
        assertThat(cola.at("/tasks/0/testExamples").asInt()).isEqualTo(8);
        assertThat(pissa.at("/tasks/0/rounds").asInt()).isEqualTo(samples == 8 ? 3 : 2);
        assertThat(pissa.at("/tasks/0/loss").asDouble())
            .isCloseTo(cola.at("/tasks/0/loss").asDouble(), within(1e-4));
        assertThat(pissa.path("adapterParameters").asInt() * 5)
            .isEqualTo(cola.path("adapterParameters").asInt() * 2);
        assertThat(cola.at("/tasks/0").has("probeAccuracy")).isTrue();
        assertThat(pissa.at("/tasks/0").has("probeAccuracy")).isFalse();
      }
    }
    assertThat(result("cola", 8, 1).at("/tasks/0/loss"))
        .isNotEqualTo(result("cola", 8, 2).at("/tasks/0/loss"));
    theReportIsThatOfTheRuns();

    List<String> csv = Files.readAllLines(folder.resolve("compared/comparison.csv"));
    assertThat(compare().succeeds().err()).contains("8 runs, 8 of them done").doesNotContain("8/8");
    assertThat(folder.resolve("compared/comparison.csv")).hasContent(String.join("\n", csv));

    Path interrupted = folder.resolve("compared/runs/cola/8/2");
    Path left = interrupted.resolveSibling("2.running-" + EndedProcess.entry());
    Files.move(interrupted, left);
    assertThat(compare().succeeds().err()).contains("8 runs, 7 of them done");
    assertThat(left).doesNotExist();
    assertThat(Files.readAllLines(folder.resolve("compared/comparison.csv")))
        .extracting(line -> line.replaceAll("(,[^,]*){2}$", ""))
        .isEqualTo(csv.stream().map(line -> line.replaceAll("(,[^,]*){2}$", "")).toList());

    files.write("comparison.yaml", YAML.replace("learningRate: 2e-3", "learningRate: 3e-3"));
    assertThat(compare("--set", "seeds=[1]").succeeds().err())
        .contains("1 seeds, samples [8, 16]: 4 runs, 2 of them done already");
  }

  private void theReportIsThatOfTheRuns() throws Exception {
    Path compared = folder.resolve("compared");
    double one = 100 * accuracy("cola", 16, 1);
    double two = 100 * accuracy("cola", 16, 2);
    String cell =
        String.format(Locale.ROOT, "%.1f ± %.1f |", (one + two) / 2, Math.abs(one - two) / 2);
    List<String> table = Files.readAllLines(compared.resolve("comparison.md"));
    assertThat(table).contains("| method | 8 samples | 16 samples |");
    assertThat(table).anyMatch(line -> line.startsWith("| cola | ") && line.endsWith(" " + cell));
    assertThat(table).contains("| cola | 0 | 0 |", "| pissa-scaled | +0.0 ± 0.0 | +0.0 ± 0.0 |");
    assertThat(table).anyMatch(line -> line.startsWith("| linear-probe | "));
    assertThat(table).contains("- 8 samples: `training.epochs: 3`");
    assertThat(table)
        .contains(
            "Learning rate 5.0E-4 and all else as in the job, but:",
            "- cola: `adapter.a: 2`, `adapter.b: 3`, `adapter.rank: 2`,"
                + " `training.optimizer.learningRate: 0.001`");
    String start = "cola,16,2,topic," + accuracy("cola", 16, 2) + ",";
    assertThat(Files.readAllLines(compared.resolve("comparison.csv")))
        .hasSize(1 + 3 * 4)
        .anyMatch(line -> line.startsWith(start));
    try (Stream<Path> plots = Files.list(compared.resolve("plots"))) {
      assertThat(plots.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "accuracy-mean.svg", "parameters.svg", "seconds.svg", "bytes.svg");
    }
    for (String plot : List.of("accuracy-mean", "parameters", "seconds", "bytes")) {
      Path file = compared.resolve("plots/" + plot + ".svg");
      DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
      assertThat(Files.readString(file)).contains(">cola<", ">pissa-scaled<").doesNotContain("NaN");
      assertThat(table).anyMatch(line -> line.contains("(plots/" + plot + ".svg)"));
    }
    assertThat(compared.resolve("runs/cola/8/1/adapters")).doesNotExist();
  }

  @Test
  void aJobFileMayBeNamed() throws IOException {
    files.write(
        "comparison.yaml",
        """
        job: job.yaml
        methods: [{name: lora, set: {adapter: {method: lora, rank: 2}}}]
        seeds: 3
        samples: 6
        output: compared
        """);
    compare("--set", "methods.0.name=low").succeeds();
    assertThat(result("low", 6, 3).at("/tasks/0/trainExamples").asInt()).isEqualTo(6);
    assertThat(Files.readString(folder.resolve("compared/comparison.md")))
        .doesNotContain("±", "NaN", "linear-probe");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        edit("seeds: [1", "seed: [1", "unknown key 'seed'; did you mean 'seeds'?"),
        edit("  model:", "  modell:", "unknown key 'modell'", "did you mean 'model'?"),
        edit("  model:", "  track: {tensorboard: true}\n  model:", "job.track", "not tracked"),
        edit("adapter.a", "adapter.c", "method 'cola'", "unknown key 'adapter.c'"),
        edit("adapter.a", "tasks.4.name", "method 'cola', set tasks.4.name", "there is no"),
        edit("adapter.a", "adapter..a", "method 'cola', set adapter..a", "expected a key"),
        edit("adapter.a: 2", "training.seed: 2", "'cola' sets training.seed", "remove"),
        edit(
            "adapter.rank: 2,",
            "adapter.rank: 99,",
            "method 'cola': adapter: rank 99 is above min"),
        edit("method: pissa", "method: pisa", "method 'pissa-scaled'", "unknown method 'pisa'"),
        edit("name: pissa-scaled", "name: Cola", "'methods' has", "twice"),
        edit("name: pissa-scaled", "name: a/b", "a method's", "'a/b'", "folder"),
        edit("name: pissa-scaled", "name: linear-probe", "'linear-probe'", "baseline"),
        edit("seeds: [1, 2]", "seeds: [1, 1]", "'seeds' has 1 twice"),
        edit("seeds: [1, 2]", "seeds: [x]", "seeds.0", "expected an integer"),
        edit("samples: [16, 8]", "samples: [0]", "samples must be at least 2, got [0]"),
        edit("8: {training.epochs", "8: {training.epoch", "unknown key 'training.epoch'"),
        edit("8: {training.epochs", "8: {output", "perSamples.8 sets output"),
        edit("8: {training.epochs", "x: {training.epochs", "perSamples", "x"),
        edit("samples: [16, 8]", "samples: []", "'samples'", "at least one"),
        edit(", test: test.jsonl", "", "task 'topic' has no 'test'"),
        edit("output: compared", "", "no 'output'"),
        edit("job:", "job: no.yaml\nx:", "unknown key 'x'"),
        edit(YAML, "job: no.yaml\nmethods: {name: a}\noutput: o", "no.yaml", "no such file"),
        edit(YAML, "methods: {name: a}\noutput: o", "no 'job'"),
        edit("output: compared", "output: .", "holds something that is no comparison"));
  }

  private static Arguments edit(String from, String to, String... message) {
    return Arguments.of(from, to, message);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("mistakes")
  void aMistakeIsToldBeforeAnythingRuns(String from, String to, String[] message) {
    assertThat(YAML).contains(from);
    files.write("comparison.yaml", YAML.replace(from, to));
    compare().failsWith(2, message);
    assertThat(folder.resolve("compared")).doesNotExist();
  }

  @Test
  void aRunThatFailsIsNamedAndThoseBeforeItAreKept() throws IOException {
    Files.delete(folder.resolve("test.jsonl"));
    compare().failsWith(1, "cola, 8 samples, seed 1: ", "no such file", "test.jsonl");
    assertThat(folder.resolve("compared/comparison.md")).doesNotExist();
  }
}
