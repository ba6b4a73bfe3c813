package io.github.cola4j.spark.job.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.lowrank.LoraPlusOptions;
import io.github.cola4j.adapter.scaling.Ia3Options;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.model.loss.Regularization;
import io.github.cola4j.spark.averaging.AveragingConfig;
import io.github.cola4j.spark.averaging.Moments;
import io.github.cola4j.spark.averaging.OuterConfig;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.train.BoostingConfig;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobFileTest {
  private static final String SMALL = "tasks: {name: t, train: a.csv}\noutput: out\n";

  @TempDir Path folder;

  private static Job parse(String text, String... overrides) {
    return JobFile.parse(text, "job.yaml", List.of(overrides));
  }

  @Test
  void aJobWithNothingLeftOutReadsBackEqual() {
    Job job =
        Job.of(
                List.of(
                    new TaskSpec(
                        "one",
                        List.of("/d/a.csv", "hdfs://h/b.csv"),
                        List.of("/d/v.csv"),
                        List.of("/d/t.csv"),
                        new Columns("a: b", "#c", "yes"),
                        ProblemType.SINGLE_LABEL,
                        List.of("no", "null", "1", "1.0", "true", "~", "a'b\"c", " x", "ü"),
                        ClassWeights.of(Map.of("no", 2.5)),
                        new DialogueSpec(
                            DialogueFormat.CHAT, "i", "j", "o", "m", "c", "t", "p", "w", "l"),
                        null,
                        new ChoiceSpec(List.of("/d/q.csv"), "law", 2, 10, "template"),
                        new GenerateSpec(48, List.of("\n", "User:"))),
                    TaskSpec.of("two", List.of("/d/c.csv"))),
                "/results/x")
            .withModel("/models/bert")
            .withAdapter(
                AdapterConfig.defaults()
                    .withA(1)
                    .withB(4)
                    .withRank(3)
                    .withAlpha(5.5)
                    .withPairing("heuristic")
                    .withInit("split-pissa")
                    .withDropout(0.25)
                    .withTargets(List.of("query", "regex:.*\\.key"))
                    .withOverrides(List.of(new AdapterConfig.Override("layer\\.0", 2, null))))
            .withTraining(
                TrainingConfig.defaults()
                    .withEpochs(3)
                    .withBatchSize(5)
                    .withAccumulation(2)
                    .withMaxTokens(100)
                    .withMaxLength(32)
                    .withOptimizer(
                        new OptimizerConfig(1e-5, 16.0, 2e-3, 0.01, 0.8, 0.99, 1e-6, 0.0))
                    .withSchedule(new ScheduleConfig("linear", 7.0))
                    .withRecompute(true)
                    .withRegularization(new Regularization(0.1, 0.2, 0.3, 4))
                    .withLabelSmoothing(0.125)
                    .withSeed(-9_007_199_254_740_993L))
            .withSpark(
                RoundConfig.defaults()
                    .withExamplesPerShard(50)
                    .withLocalSteps(7)
                    .withPatience(0)
                    .withMetric("loss")
                    .withScope(Scope.SHARED_A)
                    .withAveraging(
                        new AveragingConfig("fair", 0.5, Moments.KEEP, new OuterConfig(0.5, 0.25)))
                    .withMinShards(0.75)
                    .withLossLimit(9.5)
                    .withTemperature(2.5)
                    .withSkew(0.1)
                    .withValidateEvery(3))
            .withData(
                new DataConfig(
                    0L,
                    300,
                    "windows-1252",
                    "drop",
                    new CsvConfig(";", "'", "backslash", List.of("text", "label"))))
            .withPrompt(new PromptConfig("chatml", true, "2026-01-02", false, true))
            .withBaseline(true)
            .withStart("/results/w/adapters")
            .withCheckpoint(new CheckpointConfig("hdfs://h/c", 3, 4));
    assertThat(written(job)).isEqualTo(job);
  }

  @Test
  void defaultsAreWrittenAndReadBackEqual() throws IOException {
    Job job = parse("tasks: {name: t, train: /a.csv}\noutput: /out\n");
    assertThat(written(job)).isEqualTo(job);
    assertThat(Files.readString(folder.resolve("job.yaml")))
        .contains("model: classpath:all-minilm-l6-v2", "rank: 8", "epochs: 10", "maxBadRows: 100")
        .doesNotContain("---", "null", "!!");
  }

  @Test
  void methodsAndWaysOfTrainingReadBackEqual() {
    Job job =
        parse(
            "tasks: {name: t, train: /a.csv}\noutput: /out\n",
            "adapter.method=ia3",
            "adapter.options.feedforward=[]");
    assertThat(job.adapter().options(Ia3Options.class).feedforward()).isEmpty();
    assertThat(written(job)).isEqualTo(job);
    Job boosted =
        parse(
            "tasks: {name: t, train: /a.csv}\noutput: /out\n",
            "adapter={method: lora+, rank: 5, options: {rateB: 4}}",
            "training.boosting={steps: 3, layers: 2}");
    assertThat(boosted.training().boosting()).isEqualTo(new BoostingConfig(3, 2));
    assertThat(boosted.adapter().options(LoraPlusOptions.class).rateB()).isEqualTo(4);
    assertThat(written(boosted)).isEqualTo(boosted);
    assertThatThrownBy(() -> parse(SMALL, "training.boosting={steps: 3}", "adapter.method=pissa"))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("lora, rslora, lora+ with init kaiming, got pissa with pissa");
  }

  @Test
  void aPathThatCanNameNoFileIsRefused() throws IOException {
    Path file = folder.resolve("job.yaml");
    Files.writeString(file, "tasks: {name: t, train: \"a\\0.csv\"}\noutput: /out\n");
    assertThatThrownBy(() -> JobFile.read(file, List.of()))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("can name no file: Nul character not allowed");
  }

  private Job written(Job job) {
    JobFile.write(folder.resolve("job.yaml"), job);
    return JobFile.read(folder.resolve("job.yaml"), List.of());
  }

  @Test
  void aKeyWithoutAValueHasItsDefault() {
    Job expected = parse(SMALL);
    assertThat(
            parse(
                SMALL + "model:\nadapter:\ntraining: {epochs: , optimizer: ~}\nspark: {scope: }\n"))
        .isEqualTo(expected);
    assertThat(parse(SMALL + "training: {epochs: 3}\n", "training.epochs=", "adapter="))
        .isEqualTo(expected);
  }

  @Test
  void overridesSetWhatIsThereAndMakeMappingsThatAreNot() {
    Job job =
        parse(
            SMALL + "training:\n",
            "training.optimizer.learningRate=1e-2",
            "adapter.targets=[query, value]",
            "adapter.overrides=[{modules: query, rank: 2}]",
            "spark.scope=Shared_A",
            "output=a=b",
            "baseline=true");
    assertThat(job.training().optimizer().learningRate()).isEqualTo(0.01);
    assertThat(job.adapter().targets()).containsExactly("query", "value");
    assertThat(job.adapter().rankOf("x.query")).isEqualTo(2);
    assertThat(job.spark().scope()).isEqualTo(Scope.SHARED_A);
    assertThat(job.output()).isEqualTo("a=b");
    assertThat(job.baseline()).isTrue();
    Job listed = parse("tasks: [{name: t, train: [a, b]}]\noutput: out", "tasks.0.train.1=c");
    assertThat(listed.tasks().get(0).train()).containsExactly("a", "c");
    assertThat(
            parse("tasks: [{name: t, train: a}]\noutput: out", "tasks.0.name=u")
                .tasks()
                .get(0)
                .name())
        .isEqualTo("u");
  }

  @Test
  void pathsAreRelativeToTheFile() throws IOException {
    Path file = folder.resolve("job.yaml");
    Files.writeString(
        file,
        """
        model: ../model
        tasks:
          - name: t
            train: [data/*.csv, /abs/a.csv, 's3a://b/c.csv']
            test: ../t.csv
        output: out
        """);
    Job job = JobFile.read(file, List.of());
    assertThat(job.model()).isEqualTo(folder.resolveSibling("model").toString());
    assertThat(job.output()).isEqualTo(folder.resolve("out").toString());
    assertThat(job.tasks().get(0).train())
        .containsExactly(folder.resolve("data/*.csv").toString(), "/abs/a.csv", "s3a://b/c.csv");
    assertThat(job.tasks().get(0).test())
        .containsExactly(folder.resolveSibling("t.csv").toString());
  }

  @Test
  void everyUnknownKeyIsRefusedAtItsDepth() {
    for (String key :
        List.of(
            "x",
            "adapter.x",
            "training.x",
            "training.optimizer.x",
            "training.schedule.x",
            "spark.x",
            "data.x")) {
      assertThatThrownBy(() -> parse(SMALL, key + "=1"))
          .isInstanceOf(InvalidJobException.class)
          .hasMessageStartingWith("job.yaml: unknown key '" + key + "'; did you mean '");
    }
    assertThatThrownBy(() -> parse("tasks: {name: t, train: a, columns: {txt: b}}\noutput: out"))
        .hasMessageContaining("unknown key 'tasks.0.columns.txt'; did you mean 'text'?")
        .hasMessageContaining("Known here: text, pair, label");
  }

  @Test
  void aliasesAreRefusedWithTheirLine() {
    String bomb =
        "model: &a [x, x, x, x, x, x, x, x, x]\n"
            + "tasks: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
            + "output: out\n";
    assertThatThrownBy(() -> parse(bomb))
        .isInstanceOf(InvalidJobException.class)
        .hasMessage("job.yaml:2: YAML aliases (*a) are not read; write the value out");
    assertThatThrownBy(() -> parse("training: &t {epochs: 2}\n" + SMALL + "adapter:\n  <<: *t\n"))
        .hasMessage("job.yaml:5: YAML aliases (*t) are not read; write the value out");
    assertThatThrownBy(() -> parse(SMALL, "adapter=*a")).hasMessageContaining("aliases (*a)");
    assertThat(parse("model: &m here\n" + SMALL).model()).isEqualTo("here");
  }

  @Test
  void filesThatAreDeepOrLargeAreRefused() throws IOException {
    Path large = folder.resolve("large.yaml");
    Files.writeString(large, SMALL + "# " + "x".repeat(4 << 20));
    assertThatThrownBy(() -> JobFile.read(large, List.of()))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("large.yaml has 4,1")
        .hasMessageEndingWith("bytes, expected at most 3,145,728");
    for (String deep :
        List.of("[".repeat(200_000), "{a: ".repeat(200_000), "- ".repeat(200_000) + "x")) {
      assertThatThrownBy(() -> parse("model: " + deep)).isInstanceOf(InvalidJobException.class);
      assertThatThrownBy(() -> parse(deep)).isInstanceOf(InvalidJobException.class);
    }
  }

  @Test
  void trackNamesTensorBoardsFolderOrPutsItBesideTheOutput() throws IOException {
    assertThat(parse(SMALL).track()).isEqualTo(TrackConfig.nobody());
    TrackConfig beside = parse(SMALL, "track.tensorboard=true").track();
    assertThat(beside.eventsBeside("out")).contains("out.tensorboard");
    assertThat(parse(SMALL, "track.tensorboard=false").track().eventsBeside("out")).isEmpty();
    assertThatThrownBy(() -> parse(SMALL, "track.tensorboard=3"))
        .hasMessageContaining("track.tensorboard: expected true, false or a folder, got 3");

    Path file = Files.writeString(folder.resolve("job.yaml"), SMALL);
    Job job = JobFile.read(file, List.of("track.tensorboard=runs", "track.mlflow.experiment=e"));
    assertThat(job.track().eventsBeside("out")).contains(folder.resolve("runs").toString());
    for (Job each : List.of(job, parse(SMALL, "track={tensorboard: true, mlflow: {run: r}}"))) {
      JobFile.write(file, each);
      assertThat(JobFile.parse(Files.readString(file), "job.yaml", List.of()).track())
          .isEqualTo(each.track());
    }
  }

  @Test
  void trackRefusesWhatIsNoServer() {
    assertThatThrownBy(() -> parse(SMALL, "track.mlflow.ur=http://h"))
        .hasMessageContaining("unknown key 'track.mlflow.ur'; did you mean 'uri'?");
    assertThatThrownBy(() -> parse(SMALL, "track.mlflow.uri=sqlite:///a.db"))
        .hasMessageContaining("track.mlflow.uri: expected http:// or https://", "mlflow server");
    assertThatThrownBy(() -> parse(SMALL, "track.mlflow.uri='http://me:secret@h:5000'"))
        .hasMessageContaining("MLFLOW_TRACKING_PASSWORD")
        .message()
        .doesNotContain("secret");
    assertThatThrownBy(() -> parse(SMALL, "track.mlflow.register=a/b"))
        .hasMessageContaining("track.mlflow.register 'a/b'", "'/' and ':'");
  }
}
