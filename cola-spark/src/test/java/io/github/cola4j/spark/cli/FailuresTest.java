package io.github.cola4j.spark.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Data and models that are not as they should be: exit code 1, one line, no output. */
class FailuresTest {
  private static final String GOOD = "{\"text\": \"the bank\", \"label\": \"fin\"}\n";

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() {
    job = new TinyJob(folder);
  }

  /** A data file, its content, what the message says. */
  static Stream<Arguments> data() {
    return Stream.of(
        file("train.jsonl", "", "task 'topic' has no training examples", "train.jsonl"),
        file("test.jsonl", "\n\n", "task 'topic' has no test examples", "test.jsonl"),
        file(
            "train.jsonl",
            "{\"txt\": \"the bank\", \"label\": \"fin\"}\n",
            "task 'topic': column 'text' is not in",
            "train.jsonl; it has",
            "nearest: txt",
            "set tasks[].columns.text"),
        file(
            "validation.jsonl",
            "{\"text\": \"the bank\", \"lable\": \"fin\"}\n",
            "column 'label' is not in",
            "validation.jsonl",
            "nearest: lable",
            "set tasks[].columns.label"),
        file("train.jsonl", GOOD, "task 'topic'", "one label [fin]", "at least two"),
        file(
            "validation.jsonl",
            GOOD.replace("fin", "law"),
            "task 'topic': labels of the validation examples that no training example has",
            "{law=1}",
            "[fin, med]"),
        file(
            "test.jsonl",
            GOOD + GOOD.replace("fin", "law"),
            "task 'topic': labels of the test examples that no training example has",
            "{law=1}",
            "add training examples",
            "[fin, med]"),
        file(
            "test.jsonl",
            GOOD + "{\"text\": \" \", \"label\": \"fin\"}\n",
            "task 'topic': 1 bad rows, more than the 0 allowed",
            "test.jsonl:2: column 'text' is blank",
            "raise data.maxBadRows (--max-bad-rows) to 1"),
        file(
            "train.jsonl",
            GOOD + GOOD + "{\"text\": \"the\n",
            "task 'topic': 1 bad rows, more than the 0 allowed",
            "train.jsonl:3: ",
            "raise data.maxBadRows (--max-bad-rows) to 1"));
  }

  /** Rows that are bad are named behind a failure that they cause. */
  static Stream<Arguments> badRows() {
    String bad = "{\"text\": \"\", \"label\": \"med\"}\n";
    String said = "; 3 of 4 rows are bad: {column 'text' is blank=3}; the first is ";
    String where = "train.jsonl:2: column 'text' is blank";
    return Stream.of(
        file("train.jsonl", GOOD + bad.repeat(3), "have the one label [fin]", said, where),
        file(
            "train.jsonl",
            GOOD + bad.repeat(3) + "tasks.0.validation=[] tasks.0.classes=[fin,med]",
            "task 'topic' has one example; validation needs another",
            said,
            where),
        file(
            "train.jsonl",
            bad.repeat(3) + GOOD.replace("the bank", " "),
            "task 'topic' has no training examples in",
            "; 4 of 4 rows are bad: {column 'text' is blank=4}; the first is ",
            "train.jsonl:1: "),
        file(
            "train.jsonl",
            GOOD + GOOD.replace("fin", "law") + bad,
            "labels of the validation examples that no training example has",
            "{med=3}",
            "; 1 of 3 rows are bad: {column 'text' is blank=1}; the first is ",
            "train.jsonl:3: "),
        file(
            "test.jsonl",
            GOOD.replace("fin", " Fin\u00a0"),
            "labels of the test examples that no training example has",
            "; \" Fin\\u00a0\" and \"fin\" differ by case, blanks or characters that are not seen"
                + " alone"));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("badRows")
  void badRowsExplainAFailure(String name, String content, String[] message) {
    int rows = content.lastIndexOf('\n') + 1; // settings may follow
    job.write(name, content.substring(0, rows));
    List<String> settings =
        Stream.of(content.substring(rows).split(" "))
            .filter(setting -> !setting.isEmpty())
            .flatMap(setting -> Stream.of("--set", setting))
            .toList();
    job.train(settings.toArray(String[]::new)).failsWith(1, message);
    assertThat(message).isNotEmpty();
  }

  @Test
  void labelsThatLookAlikeAndSecondTextsAreTold() {
    String rows = TinyJob.lines(24).replace("{", "{\"title\": \"t\", \"id\": 3, ");
    job.write("train.jsonl", rows + GOOD.replace("fin", "Fin "));
    CliRun run = job.train("--set", "training.epochs=1").succeeds();
    assertThat(run.err().lines().filter(line -> line.startsWith("task 'topic'")))
        .containsExactly(
            "task 'topic': 24 of 39 rows have a column 'title', which is not used;"
                + " tasks[].columns.pair: title (--pair) would read it as the second text of a"
                + " pair",
            "task 'topic': of its 3 classes some differ by case, blanks or characters that are not"
                + " seen alone: \"Fin \"=1, \"fin\"=12; write them alike if they are meant to be"
                + " one");
    String adapter = job.path("out/adapters/topic").toString();
    CliRun evaluated =
        CliRun.cola("evaluate", adapter, "--data", job.path("train.jsonl").toString());
    assertThat(evaluated.succeeds().err())
        .contains("task 'topic': 24 of 25 rows have a column 'title', which is not used");
  }

  private static Arguments file(String name, String content, String... message) {
    return Arguments.of(name, content, message);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("data")
  void wrongDataFail(String name, String content, String[] message) {
    job.write(name, content);
    job.trainFails(1, List.of("--set", "data.maxBadRows=0"), message);
    assertThat(message).isNotEmpty();
  }

  @Test
  void filesThatAreNotThereFail() {
    job.trainFails(
        1,
        List.of("--set", "tasks.0.test=nowhere/*.csv"),
        "task 'topic': no such file: " + folder.resolve("nowhere/*.csv"));
  }

  @Test
  void aLabelThatClassesDoNotNameFails() {
    job.trainFails(
        1,
        List.of("--set", "tasks.0.classes=[fin, law]"),
        "task 'topic': labels of the training examples that 'classes' does not name",
        "{med=12}");
  }

  @Test
  void anUnknownMasterFails() {
    CliRun.cola("train", folder.resolve("job.yaml").toString(), "--master", "nonsense")
        .failsWith(1, "Could not parse Master URL", "nonsense");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** A damage to a model folder, what the message says. */
  static Stream<Arguments> damages() {
    return Stream.of(
        damage(
            "truncated weights",
            model -> cut(model.resolve("model.safetensors"), 50_000),
            "model.safetensors"),
        damage(
            "no header", model -> cut(model.resolve("model.safetensors"), 5), "model.safetensors"),
        damage(
            "a header that is none",
            model ->
                Files.write(
                    model.resolve("model.safetensors"), "garbage, no weights".getBytes(UTF_8)),
            "model.safetensors"),
        damage(
            "a truncated ONNX file",
            model -> {
              Files.delete(model.resolve("model.safetensors"));
              try (var in = FailuresTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
                Files.write(model.resolve("model.onnx"), in.readNBytes(1_000_000));
              }
            },
            "model.onnx"),
        damage(
            "an ONNX file that is none",
            model -> {
              Files.delete(model.resolve("model.safetensors"));
              Files.write(model.resolve("model.onnx"), "garbage".getBytes(UTF_8));
            },
            "model.onnx"),
        damage(
            "more tokens than embeddings",
            model -> replace(model.resolve("tokenizer.json"), "\"zero\": 199", "\"zero\": 200"),
            "tokenizer.json",
            "token of id 200, the model has 200 embeddings",
            "one and the same model"),
        damage(
            "a tokenizer that is none",
            model -> Files.writeString(model.resolve("tokenizer.json"), "{}"),
            "tokenizer.json"),
        damage(
            "another width",
            model ->
                replace(model.resolve("config.json"), "\"hidden_size\": 32", "\"hidden_size\": 64"),
            "model.safetensors",
            "expected",
            "64"),
        damage(
            "another kind of model",
            model ->
                replace(
                    model.resolve("config.json"),
                    "\"model_type\": \"bert\"",
                    "\"model_type\": \"gpt2\""),
            "config.json",
            "gpt2",
            "bert"),
        damage(
            "no configuration",
            model -> Files.delete(model.resolve("config.json")),
            "is not a model folder",
            "it needs config.json",
            "it has model.safetensors, tokenizer.json"));
  }

  @FunctionalInterface
  interface Damage {
    void to(Path model) throws IOException;
  }

  private static Arguments damage(String name, Damage damage, String... message) {
    return Arguments.of(name, damage, message);
  }

  private static void cut(Path file, int length) throws IOException {
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), length));
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void aDamagedModelFails(String name, Damage damage, String[] message) throws IOException {
    Path model = TinyModel.copyTo(folder.resolve("model"));
    damage.to(model);
    job.trainFails(1, List.of("--set", "model=model"), message);
    CliRun.cola("inspect", model.toString()).failsWith(1, message);
    assertThat(message).isNotEmpty();
  }

  @Test
  void aModelThatIsNotThereFails() {
    String missing = folder.resolve("no-model").toString();
    job.trainFails(1, List.of("--set", "model=no-model"), missing, "there is no such folder");
    CliRun.cola("inspect", missing).failsWith(1, missing, "there is no such folder");
  }

  @Test
  void aModelThatIsNotOnTheClassPathFails() {
    job.trainFails(1, List.of("--set", "model=classpath:nothing"), "nothing.onnx", "class path");
  }
}
