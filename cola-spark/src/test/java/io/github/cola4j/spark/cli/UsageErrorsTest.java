package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be meant so: exit code 2, one line of what, where and what to do, no output. */
class UsageErrorsTest {
  private static final String TASKS =
      TinyJob.YAML.substring(TinyJob.YAML.indexOf("tasks:"), TinyJob.YAML.indexOf("adapter:"));

  @TempDir Path folder;

  /** A text of the job file, what stands there instead, what the message says. */
  static Stream<Arguments> jobFiles() {
    return Stream.of(
        edit("output: out", "outptu: out", "unknown key 'outptu'", "did you mean 'output'?"),
        edit("epochs: 2", "epoch: 2", "unknown key 'training.epoch'", "did you mean 'epochs'?"),
        edit(
            "headLearningRate",
            "headLearningrate",
            "unknown key 'training.optimizer.headLearningrate'",
            "did you mean 'headLearningRate'?"),
        edit("train: train", "trian: train", "'tasks.0.trian'", "did you mean 'train'?"),
        edit("rank: 2", "rank: 2\n  rank: 3", "job.yaml:9", "'rank'"),
        edit("output: out", "", "no 'output'"),
        edit("output: out", "output: ' '", "no 'output'"),
        edit("output: out", "output: hdfs:/out", "hdfs:/out cannot be reached", "no host"),
        edit(
            "output: out",
            "output: nosuch://host/out",
            "nosuch://host/out cannot be reached",
            "no file system for nosuch",
            "hdfs"),
        edit(
            "output: out",
            "output: abfs://disk@account/out",
            "--packages org.apache.hadoop:hadoop-azure:"),
        edit("output: out", "output: file://host/out", "names the machine host"),
        edit(TASKS, "tasks: []\n", "tasks", "at least one"),
        edit("train: train.jsonl", "train:", "task 'topic'", "no 'train'"),
        edit("train: train.jsonl", "train: [~]", "tasks.0", "train", "empty"),
        edit("train: train.jsonl", "train: ''", "tasks.0", "train", "empty"),
        edit("train: train.jsonl", "classes: [a, ~]\n    train: x", "tasks.0", "classes", "empty"),
        edit("train: train.jsonl", "classes: [a, a]\n    train: x", "tasks.0", "class", "twice"),
        edit("train: train.jsonl", "classes: [a]\n    train: x", "tasks.0", "at least two"),
        edit("train: train.jsonl", "train: {file: x}", "tasks.0.train", "expected", "file"),
        edit("- name: topic", "- ~\n  - name: topic", "'tasks' has an empty entry"),
        edit("name: topic", "title: topic", "unknown key 'tasks.0.title'", "known"),
        edit("- name: topic\n    train", "- train", "tasks.0", "name"),
        edit(
            "tasks:",
            "tasks:\n  - {name: Topic, train: x}",
            "two tasks are named 'topic'",
            "a name of its own"),
        edit("name: topic", "name: on", "tasks.0.name: expected a text, got true", "quote it"),
        edit(
            "train: train.jsonl",
            "classes: [no, yes]\n    train: x",
            "tasks.0.classes.0: expected a text, got false",
            "quote it, as in \"no\""),
        edit("name: topic", "name: 1.10", "tasks.0.name: expected a text, got 1.1", "quote it"),
        edit("name: topic", "name: 007", "job.yaml:3: YAML reads 007 as the number 7", "\"007\""),
        edit("epochs: 2", "epochs: 010", "job.yaml:10: YAML reads 010 as the number 8", "write 8"),
        edit("name: topic", "name: a/b", "tasks.0", "'a/b'", "expected letters"),
        edit("name: topic", "name: 'a\\b'", "tasks.0", "'a\\b'", "expected letters"),
        edit("name: topic", "name: ..", "tasks.0", "'..'", "expected letters"),
        edit("name: topic", "name: ''", "tasks.0", "''", "expected letters"),
        edit("rank: 2", "a: 0", "adapter", "a (the number of A matrices)", "at least 1, got 0"),
        edit("rank: 2", "b: -1", "adapter", "b (the number of B matrices)", "at least 1, got -1"),
        edit("rank: 2", "rank: 0", "adapter", "rank", "at least 1, got 0"),
        edit("rank: 2", "alpha: 0", "adapter", "alpha", "positive, got 0"),
        edit("rank: 2", "dropout: 1", "adapter", "dropout", "[0, 1), got 1"),
        edit("rank: 2", "pairing: fulll", "adapter", "'fulll'", "full", "heuristic-paper"),
        edit("rank: 2", "init: pisa", "adapter", "'pisa'", "pissa", "kaiming"),
        edit("rank: 2", "targets: 'regex:('", "adapter", "'regex:('", "regular expression"),
        edit("rank: 2", "targets: []", "adapter", "targets is empty"),
        edit("rank: 2", "targets: [query, ~]", "adapter", "targets", "empty"),
        edit("rank: 2", "overrides: {modules: 'query)'}", "overrides.0", "'query)'", "regular"),
        edit("rank: 2", "overrides: {rank: 3}", "overrides.0", "'modules'"),
        edit("rank: 2", "overrides: {modules: x, rank: 0}", "overrides.0", "rank", "at least 1"),
        edit("rank: 2", "overrides: {modules: x, alpha: -1}", "overrides.0", "alpha", "positive"),
        edit("rank: 2", "overrides: [~]", "adapter", "overrides", "empty"),
        edit("epochs: 2", "epochs: '2'", "training.epochs", "expected an integer, got \"2\""),
        edit("epochs: 2", "epochs: 1.5", "training.epochs", "expected an integer, got 1.5"),
        edit("epochs: 2", "epochs: [1, 2]", "training.epochs", "expected an integer, got [1,2]"),
        edit("epochs: 2", "epochs: 99999999999", "training.epochs", "99999999999"),
        edit("epochs: 2", "epochs: 0", "training.epochs must be at least 1, got 0"),
        edit("epochs: 2", "maxLength: 0", "training.maxLength must be at least 1"),
        edit("epochs: 2", "seed: x", "training.seed", "expected an integer, got \"x\""),
        edit("epochs: 2", "schedule: cosine", "training.schedule", "expected", "name", "warmup"),
        edit("epochs: 2", "schedule: {name: cos}", "training.schedule", "'cos'", "cosine"),
        edit("epochs: 2", "schedule: {warmup: -1}", "schedule.warmup must be 0 or more"),
        edit(
            "0.05", "abc", "training.optimizer.headLearningRate", "expected a number, got \"abc\""),
        edit("0.05", "-1", "training.optimizer", "headLearningRate", "0 or more, got -1"),
        edit("0.05", ".nan", "job.yaml:12", "'.nan'"),
        edit(
            "examplesPerShard: 12",
            "scope: all",
            "spark.scope",
            "one of task, shared, shared_a",
            "\"all\""),
        edit("metric: accuracy", "metric: f1", "metric must be accuracy", "'f1'"),
        edit("examplesPerShard: 12", "examplesPerShard: 0", "spark.examplesPerShard", "got 0"),
        edit("output: out", "output: out\nbaseline: 'yes'", "baseline", "true or false", "\"yes\""),
        edit("output: out", "output: out\ndata: {maxBadRows: -1}", "data.maxBadRows", "got -1"),
        edit(
            "output: out",
            "output: out\ndata: {csv: {separator: ab}}",
            "data.csv.separator (--csv-separator) must be one character",
            "'ab'"),
        edit(
            "output: out",
            "output: out\ndata: {csv: {delimiter: ab}}",
            "unknown key 'data.csv.delimiter'"),
        edit(
            "output: out",
            "output: out\ndata: {csv: {header: false}}",
            "data.csv.header (--csv-header) has the columns' names",
            "such as [text, label]",
            "Got false"),
        edit(
            "train: train.jsonl",
            "classes: [a, \"x\\ud83d\"]\n    train: x",
            "job.yaml: tasks.0.classes.1 has half of a character"),
        edit("output: out", "output: [out", "job.yaml:", "expected"),
        edit("output: out", "output: out\n---\nmodel: x", "job.yaml", "one"),
        edit(TinyJob.YAML, "", "job.yaml", "no mapping"),
        edit(TinyJob.YAML, "[a, b]", "job.yaml", "no mapping"));
  }

  private static Arguments edit(String from, String to, String... message) {
    return Arguments.of(from, to, message);
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("jobFiles")
  void aWrongJobFileIsRefused(String from, String to, String[] message) {
    TinyJob job = new TinyJob(folder);
    job.edit(from, to);
    job.trainFails(2, List.of(), message);
    assertThat(message).isNotEmpty();
  }

  static Stream<Arguments> overrides() {
    return Stream.of(
        set("training.epoch=3", "unknown key 'training.epoch'", "did you mean 'epochs'?"),
        set("trainig.epochs=3", "unknown key 'trainig'", "did you mean 'training'?"),
        set("tasks.0.nam=x", "unknown key 'tasks.0.nam'", "did you mean 'name'?"),
        set("tasks.1.name=x", "--set tasks.1.name=x", "there is no 'tasks.1.name'"),
        set("tasks.x=1", "--set tasks.x=1", "there is no 'tasks.x'"),
        set("model.x.y=1", "--set model.x.y=1", "there is no 'model.x.y'"),
        set("training", "--set training", "expected key=value"),
        set("=3", "--set =3", "expected key=value"),
        set(".=3", "--set .=3", "expected key=value"),
        set("training.=3", "--set training.=3", "expected key=value"),
        set("training..epochs=3", "--set training..epochs=3", "expected key=value"),
        set("training=3", "training", "expected", "epochs", "got 3"),
        set("training.epochs=x", "training.epochs", "expected an integer, got \"x\""),
        set("tasks.0.name=0x1F", "--set tasks.0.name=0x1F:1: YAML reads 0x1F as the number 31"),
        set("tasks.0.name=off", "tasks.0.name: expected a text, got false", "quote it"),
        set("training.epochs=[1", "--set training.epochs=[1", "expected"),
        set("tasks.0.name=a/b", "'a/b'", "expected letters"),
        set("adapter.rank=33", "rank 33 is above min(in, out) = 32", "smaller rank"),
        set("adapter.init=split-pissa", "adapter.rank=17", "rank 17 times a = 2", "smaller rank"),
        set("adapter.targets=[q]", "target 'q' matches no linear layer", "query"),
        set("adapter.overrides=[{modules: zz, rank: 1}]", "override 'zz' matches no"));
  }

  private static Arguments set(String override, String... more) {
    boolean two = more.length > 0 && more[0].startsWith("adapter.rank=");
    List<String> arguments =
        two ? List.of("--set", override, "--set", more[0]) : List.of("--set", override);
    String[] message = two ? Stream.of(more).skip(1).toArray(String[]::new) : more;
    return Arguments.of(arguments, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("overrides")
  void aWrongOverrideIsRefused(List<String> arguments, String[] message) {
    new TinyJob(folder).trainFails(2, arguments, message);
    assertThat(message).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"!!java.io.FileOutputStream", "!!javax.script.ScriptEngineManager"})
  void aTypeTagMakesNothing(String tag) {
    TinyJob job = new TinyJob(folder);
    Path touched = folder.resolve("touched");
    job.edit("name: topic", "name: " + tag + " [\"" + touched + "\"]");
    job.trainFails(2, List.of(), "tasks.0.name", "expected a text", touched.toString());
    assertThat(touched).doesNotExist();
  }

  @Test
  void anOutputFolderThatIsTakenIsRefused() throws IOException {
    TinyJob job = new TinyJob(folder);
    Path kept = job.write("out/mine.txt", "mine");
    job.train().failsWith(2, "output " + folder.resolve("out"), "not empty", "--overwrite");
    assertThat(kept).hasContent("mine");
    job.write("file", "mine");
    job.train("--output", folder.resolve("file").toString(), "--overwrite")
        .failsWith(2, "file is a file; name a folder");
    assertThat(folder.resolve("file")).hasContent("mine");
    for (String notOurs : new String[] {"out", "."}) {
      job.train("--output", folder.resolve(notOurs).toString(), "--overwrite")
          .failsWith(2, "is not empty and has no results.json");
    }
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files).containsExactly(kept);
    }
    assertThat(TinyJob.running(folder, "out")).isEmpty();
  }

  @Test
  void aJobFileThatIsNotThereIsRefused() {
    String missing = folder.resolve("no.yaml").toString();
    CliRun.cola("train", missing).failsWith(2, missing, "no such file");
    CliRun.cola("inspect", missing).failsWith(2, missing, "no such file");
    CliRun.cola("train", folder.toString()).failsWith(2, folder.toString(), "is a folder");
    CliRun.cola("inspect", folder.toString(), "--set", "a=b")
        .failsWith(2, "--set needs a job file");
  }

  @Test
  void aJobFileThatIsNotTextIsRefused() throws IOException {
    Path file = Files.write(folder.resolve("job.yaml"), new byte[] {'a', ':', (byte) 0xff});
    CliRun.cola("train", file.toString()).failsWith(2, file.toString(), "not UTF-8");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "trian job.yaml",
        "train",
        "train a b",
        "train job.yaml --epochs 3",
        "train job.yaml --set",
        "evaluate adapter",
        "predict adapter --data x",
        "predict --data x --output y",
        "evaluate adapter --data x --max-bad-rows many",
        "--nonsense",
        "inspect a b"
      })
  void aWrongCommandLineIsRefused(String line) {
    CliRun run = CliRun.cola(line.split(" "));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines().findFirst().orElseThrow())
        .startsWith("error: ")
        .containsAnyOf(
            "trian",
            "JOB",
            "'b'",
            "--epochs",
            "--set",
            "--data",
            "--output",
            "ADAPTER",
            "many",
            "--nonsense");
    assertThat(run.err()).containsAnyOf("Usage: cola", "Did you mean: cola train");
    assertThat(run.err()).doesNotContain("\tat ");
  }

  @Test
  void noCommandShowsTheUsage() {
    CliRun run = CliRun.cola();
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("Usage: cola", "train", "evaluate", "predict", "inspect");
  }
}
