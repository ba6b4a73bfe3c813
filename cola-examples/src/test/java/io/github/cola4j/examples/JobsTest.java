package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.job.spec.TaskSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The shipped job files: the paper's numbers, and a small run of each. */
class JobsTest {
  private static final Path JOBS = Path.of("jobs").toAbsolutePath();
  private static final Path GOLDENS =
      Path.of("../cola-core/src/test/resources/goldens").toAbsolutePath().normalize();
  private static final String CLASSIFICATION = "classification";

  @TempDir Path folder;

  static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(JOBS)) {
      return files
          .map(file -> file.getFileName().toString().replace(".yaml", ""))
          .filter(name -> !name.startsWith("compare-")) // CompareWordNetTest's
          .sorted()
          .collect(Collectors.toList());
    }
  }

  static List<String> recipes() throws IOException {
    List<String> names = names();
    names.remove(CLASSIFICATION);
    return names;
  }

  private static Path file(String name) {
    return JOBS.resolve(name + ".yaml");
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeHasThePapersNumbers(String name) {
    Job job = JobFile.read(file(name), List.of());
    AdapterConfig adapter = job.adapter();
    assertThat(adapter.rank()).isEqualTo(8);
    assertThat(adapter.alpha()).isEqualTo(16);
    assertThat(adapter.dropout()).isZero();
    assertThat(adapter.targets()).containsExactly("all-linear");
    assertThat(job.training().epochs()).isEqualTo(5);
    assertThat(job.training().batchSize()).isEqualTo(8);
    assertThat(job.training().accumulation()).isEqualTo(8);
    assertThat(job.training().maxLength()).isEqualTo(1024);
    assertThat(job.training().schedule().name()).isEqualTo("cosine");
    assertThat(job.training().schedule().warmup()).isEqualTo(20);
    assertThat(job.training().optimizer().weightDecay()).isZero();
    assertThat(job.data().maxExamples()).isEqualTo(1000);
    assertThat(job.spark().examplesPerShard()).isEqualTo(1000);
    assertThat(job.spark().patience()).isZero();
    assertThat(job.spark().metric()).isEqualTo("loss");
    assertThat(job.spark().scope()).isEqualTo(Scope.TASK);
    assertThat(job.tasks())
        .extracting(TaskSpec::name)
        .containsExactly("math", "finance", "medicine");
    assertThat(job.tasks()).allSatisfy(task -> assertThat(task.validation()).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "cola-full-2-3, 2, 3, full, pissa, 5e-5, 1",
    "cola-heuristic-2-3, 2, 3, heuristic, pissa, 5e-5, 1",
    "cola-random-2-3, 2, 3, random, pissa, 5e-5, 1",
    "lora-r8, 1, 1, full, kaiming, 5e-5, 1",
    "pissa-r8, 1, 1, full, pissa, 5e-5, 1",
    "pissa-r8-scaled, 1, 1, full, pissa, 1e-4, 1.5"
  })
  void aRecipeIsWhatItsNameSays(
      String name, int a, int b, String pairing, String init, double rate, double ratio)
      throws IOException {
    Job job = JobFile.read(file(name), List.of());
    assertThat(job.adapter().a()).isEqualTo(a);
    assertThat(job.adapter().b()).isEqualTo(b);
    assertThat(job.adapter().pairing()).isEqualTo(pairing);
    assertThat(job.adapter().init()).isEqualTo(init);
    assertThat(job.training().optimizer().learningRate()).isEqualTo(rate);
    assertThat(job.training().optimizer().bRatio()).isEqualTo(ratio);
    assertThat(recipes()).contains(name).hasSize(6);
  }

  /** The command in a file's first comment. */
  private static List<String> command(String name) throws IOException {
    String comment =
        Files.readAllLines(file(name)).stream()
            .takeWhile(line -> line.startsWith("#"))
            .map(line -> line.substring(1).strip())
            .collect(Collectors.joining("\n"));
    String line = comment.substring(comment.indexOf("bin/cola ") + 9).split("\n\n", 2)[0];
    return Arrays.stream(line.replace("\\\n", " ").replace("'", "").strip().split("\\s+")).toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void theCommandAtTheTopSetsEveryPath(String name) throws IOException {
    List<String> command = command(name);
    Cola.commandLine().parseArgs(command.toArray(String[]::new));
    assertThat(command).startsWith("train", "cola-examples/jobs/" + name + ".yaml");
    List<String> settings =
        IntStream.range(0, command.size())
            .filter(i -> command.get(i).equals("--set"))
            .mapToObj(i -> command.get(i + 1))
            .toList();
    Job job = JobFile.read(file(name), settings);
    List<String> paths = new ArrayList<>(List.of(job.model()));
    for (TaskSpec task : job.tasks()) {
      paths.addAll(task.train());
      paths.addAll(task.test());
      paths.addAll(task.choices() == null ? List.of() : task.choices().files());
    }
    assertThat(paths).noneMatch(path -> path.startsWith(JOBS.toString()));
  }

  @Test
  void withoutItsPathsAJobSaysWhatToSet() {
    assertThat(error("train", file("lora-r8").toString(), "--output", output().toString()))
        .startsWith("error: model '" + JOBS.resolve("model") + "': there is no such folder")
        .contains("--set model=FOLDER");
    assertThat(
            error(
                "train",
                file("lora-r8").toString(),
                "--output",
                output().toString(),
                "--set",
                "model=" + GOLDENS.resolve("decoder/llama/model")))
        .startsWith("error: task 'math': no such file: " + JOBS.resolve("data/math.json"))
        .contains("--set tasks.0.train=PATH");
    assertThat(output()).doesNotExist();
  }

  private Path output() {
    return folder.resolve("out");
  }

  private static String error(String... arguments) {
    PrintStream real = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      assertThat(Cola.run(arguments)).isEqualTo(1);
    } finally {
      System.setErr(real);
    }
    return err.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("error:"))
        .collect(Collectors.joining());
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static String rows(int count, String row) {
    return IntStream.range(0, count)
        .mapToObj(i -> row.formatted(i, i % 2 == 0 ? "A" : "B") + "\n")
        .collect(Collectors.joining());
  }

  private int train(String name, List<String> settings) {
    List<String> arguments = new ArrayList<>(List.of("train", file(name).toString()));
    arguments.addAll(List.of("--master", "local[2]", "--output", output().toString()));
    settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return Cola.run(arguments.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeRunsInSmall(String name) throws IOException {
    Path rows = write("rows.jsonl", rows(12, "{\"instruction\": \"rate %s\", \"output\": \"%s\"}"));
    Path questions =
        write("questions.csv", "question,A,B,answer\n" + rows(4, "rate %s?,one,two,%s"));
    List<String> settings = new ArrayList<>();
    settings.add("model=" + GOLDENS.resolve("decoder/llama/model"));
    for (int task = 0; task < 3; task++) {
      settings.add("tasks." + task + ".train=" + rows);
      settings.add("tasks." + task + ".choices.files=" + questions);
    }
    settings.addAll(List.of("training.epochs=2", "training.batchSize=2"));
    settings.addAll(List.of("training.accumulation=2", "tasks.1.choices="));
    assertThat(train(name, settings)).isZero();

    JsonNode results = new JsonMapper().readTree(output().resolve("results.json").toFile());
    assertThat(results.path("adapterParameters").asInt()).isPositive();
    assertThat(results.path("tasks").findValuesAsText("task"))
        .containsExactly("math", "finance", "medicine");
    for (JsonNode task : results.path("tasks")) {
      assertThat(task.path("trainExamples").asInt()).isEqualTo(11);
      assertThat(task.path("validationLoss").asDouble()).isPositive();
      assertThat(task.path("rounds").asInt()).isEqualTo(2);
      assertThat(task.path("dropped").asInt()).isZero();
      boolean examined = !task.path("task").asText().equals("finance");
      assertThat(task.has("choiceAccuracyBefore")).isEqualTo(examined);
      assertThat(task.path("choiceQuestions").asInt()).isEqualTo(examined ? 4 : 0);
      Path adapter = output().resolve("adapters/" + task.path("task").asText());
      assertThat(adapter.resolve("adapter.safetensors")).isNotEmptyFile();
      assertThat(new JsonMapper().readTree(adapter.resolve("adapter.json").toFile()).at("/prompt"))
          .isNotEmpty();
    }
    assertThat(Files.readAllLines(output().resolve("metrics.jsonl"))).hasSize(6);
  }

  @Test
  void theClassificationRunsInSmall() throws IOException {
    Path rows = write("rows.jsonl", rows(16, "{\"text\": \"rate %s\", \"label\": \"%s\"}"));
    List<String> settings =
        List.of(
            "model=" + GOLDENS.resolve("bert/model"),
            "tasks.0.train=" + rows,
            "tasks.0.test=" + rows,
            "training.epochs=2");
    assertThat(train(CLASSIFICATION, settings)).isZero();
    JsonNode task =
        new JsonMapper().readTree(output().resolve("results.json").toFile()).at("/tasks/0");
    assertThat(task.path("classes").asInt()).isEqualTo(2);
    assertThat(task.path("testExamples").asInt()).isEqualTo(16);
    assertThat(task.path("accuracy").asDouble()).isBetween(0.0, 1.0);
    assertThat(task.path("probeAccuracy").asDouble()).isBetween(0.0, 1.0);
    assertThat(output().resolve("adapters/topic/adapter.safetensors")).isNotEmptyFile();
  }
}
