package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.claim.ClaimedException;
import io.github.cola4j.spark.claim.RemoteClaim;
import io.github.cola4j.spark.storage.HadoopFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.sql.SparkSession;

/** A job on a file system of Hadoop's: job file, model, data in three formats, and its output. */
final class RemoteJob {
  private static final String YAML =
      """
      model: ../models/tiny bert
      tasks:
        - name: topic
          train: data/train.parquet
          validation: data/validation.csv
          test: data/test.jsonl
      adapter: {rank: 2, pairing: random}
      training: {epochs: 6, batchSize: 4, optimizer: {headLearningRate: 0.05}}
      spark: {examplesPerShard: 12, patience: 0}
      output: results
      """;

  private final FileSystem files;
  private final String root;
  private final Path scratch;
  private final List<String> options;

  /**
   * Uploads model, data and job file.
   *
   * @param root a URI
   * @param options of other JVMs that use the file system
   */
  RemoteJob(SparkSession session, FileSystem files, String root, Path scratch, List<String> options)
      throws IOException {
    this.files = files;
    this.root = root;
    this.scratch = scratch;
    this.options = options;
    TinyJob local = new TinyJob(scratch.resolve("local"));
    local.write("job.yaml", YAML.replace("../models/tiny bert", TinyModel.FOLDER.toString()));
    Path data = Files.createDirectory(local.path("data"));
    session
        .read()
        .json(local.path("train.jsonl").toString())
        .coalesce(1)
        .write()
        .parquet(data.resolve("train.parquet").toString());
    StringBuilder csv = new StringBuilder("text,label\n");
    session
        .read()
        .json(local.path("validation.jsonl").toString())
        .collectAsList()
        .forEach(
            row -> csv.append(row.getString(1)).append(',').append(row.getString(0)).append('\n'));
    Files.writeString(data.resolve("validation.csv"), csv);
    Files.move(local.path("test.jsonl"), data.resolve("test.jsonl"));
    files.copyFromLocalFile(hadoop(TinyModel.FOLDER.toString()), hadoop(uri("models/tiny bert")));
    files.copyFromLocalFile(hadoop(data.toString()), hadoop(uri("jobs/data")));
    try (var out = files.create(hadoop(uri("jobs/job.yaml")))) {
      out.write(YAML.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static org.apache.hadoop.fs.Path hadoop(String path) {
    return new org.apache.hadoop.fs.Path(path);
  }

  String uri(String path) {
    return root + "/" + path;
  }

  private List<String> names(String folder) throws IOException {
    List<String> names = new ArrayList<>();
    for (FileStatus status : files.listStatus(hadoop(uri(folder)))) {
      names.add(status.getPath().getName());
    }
    return names.stream().sorted().toList();
  }

  private byte[] bytes(String file) throws IOException {
    try (InputStream in = files.open(hadoop(uri(file)))) {
      return in.readAllBytes();
    }
  }

  private CliRun train(String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", uri("jobs/job.yaml")));
    arguments.addAll(List.of(more));
    return CliRun.cola(arguments);
  }

  private ColaProcess process(String log, String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("train", uri("jobs/job.yaml")));
    arguments.addAll(List.of("--master", "local[1]"));
    arguments.addAll(List.of(more));
    return new ColaProcess(scratch.resolve(log), "true", options, arguments.toArray(String[]::new));
  }

  /** Killed after its first checkpoint, it resumes to the bits of a run on the disk. */
  void survivesKill() throws Exception {
    try (ColaProcess killed = process("killed.log")) {
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
      while (!files.exists(hadoop(uri("jobs/results.checkpoints/round-000001")))) {
        assertThat(System.nanoTime()).as(killed.log()).isLessThan(end);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(60));
      }
      killed.kill();
      assertThat(killed.log()).doesNotContain("Results, metrics and adapters");
    }
    assertThat(names("jobs")).anyMatch(name -> name.startsWith("results.running-"));
    train().failsWith(2, "a run that did not end has left checkpoints in " + uri("jobs/results"));
    CliRun resumed = train("--resume").succeeds();
    assertThat(resumed.err()).contains("Training resumes after round");
    assertThat(resumed.out()).contains("adapters: " + uri("jobs/results"));
    assertThat(names("jobs")).containsExactly("data", "job.yaml", "results");
    assertThat(names("jobs/results"))
        .containsExactly("adapters", "job.yaml", "metrics.jsonl", "report.html", "results.json");
    assertNothingStaged();

    Path local = scratch.resolve("local");
    CliRun.cola("train", local.resolve("job.yaml").toString()).succeeds();
    assertThat(bytes("jobs/results/adapters/topic/adapter.safetensors"))
        .isEqualTo(Files.readAllBytes(local.resolve("results/adapters/topic/adapter.safetensors")));
    assertThat(
            new String(bytes("jobs/results/adapters/topic/adapter.json"), StandardCharsets.UTF_8))
        .contains(uri("models/tiny bert"));
  }

  private static void assertNothingStaged() throws IOException {
    try (var all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      String own = "cola4j-.*-" + ProcessHandle.current().pid() + "-.*";
      assertThat(all.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.matches(own));
    }
  }

  /** What {@link #survivesKill} left: found complete, refused, replaced. */
  void isReplacedOnlyWhenAsked() throws IOException {
    byte[] before = bytes("jobs/results/results.json");
    assertThat(train("--resume").succeeds().out())
        .contains("already complete, --overwrite trains it from scratch: " + uri("jobs/results"));
    train().failsWith(2, "output " + uri("jobs/results") + " is not empty", "--overwrite");
    train("--output", uri("jobs/data"), "--overwrite")
        .failsWith(2, "output " + uri("jobs/data") + " is not empty and has no results.json");
    train("--output", uri("jobs/data/train.parquet/out")).failsWith(2, "is among what is read");
    train("--output", root).failsWith(2, "is the root of its file system");
    assertThat(bytes("jobs/results/results.json")).isEqualTo(before);
    train("--overwrite", "--set", "training.epochs=1").succeeds();
    assertThat(bytes("jobs/results/results.json")).isNotEqualTo(before);
    assertThat(names("jobs")).containsExactly("data", "job.yaml", "results");
  }

  /** Every other command, from and to the file system. */
  void isUsedByEveryCommand() throws IOException {
    String adapter = uri("jobs/results/adapters/topic");
    String data = uri("jobs/data/*.jsonl");
    CliRun.cola("predict", adapter, "--data", data, "--output", uri("out/lines.jsonl")).succeeds();
    assertThat(new String(bytes("out/lines.jsonl"), StandardCharsets.UTF_8).lines()).hasSize(8);
    CliRun.cola("predict", adapter, "--data", data, "--output", uri("out/lines.jsonl"))
        .failsWith(2, "output " + uri("out/lines.jsonl") + " exists");
    String bad = uri("jobs/data/*");
    CliRun.cola("predict", adapter, "--data", bad, "--output", uri("jobs/data/x.csv"))
        .failsWith(2, "is among what is read");
    for (int again = 0; again < 2; again++) {
      String table = uri("out/lines.parquet");
      CliRun.cola("predict", adapter, "--data", data, "--output", table, "--overwrite").succeeds();
      assertThat(names("out/lines.parquet"))
          .contains("_SUCCESS")
          .anyMatch(name -> name.endsWith(".parquet"))
          .noneMatch(name -> name.startsWith("_temporary"));
    }
    assertThat(CliRun.cola("evaluate", adapter, "--data", data).succeeds().out())
        .contains("topic: 8 examples");
    assertThat(CliRun.cola("inspect", adapter).succeeds().out()).contains("task topic");
    assertThat(CliRun.cola("inspect", uri("models/tiny bert")).succeeds().out())
        .contains(uri("models/tiny bert") + ": bert");

    CliRun.cola("export", adapter, "--output", uri("out/peft")).succeeds();
    assertThat(names("out/peft")).contains("adapter_config.json", "adapter_model.safetensors");
    List<String> importing =
        List.of("import", uri("out/peft"), "--model", uri("models/tiny bert"), "--task", "topic");
    List<String> arguments = new ArrayList<>(importing);
    arguments.addAll(List.of("--classes", "fin,med", "--output", uri("out/imported")));
    CliRun.cola(arguments).succeeds();
    CliRun.cola("combine", adapter, uri("out/imported"), "--output", uri("out/both")).succeeds();
    CliRun.cola("merge", uri("out/both"), "--output", uri("out/merged")).succeeds();
    assertThat(names("out/merged")).contains("config.json", "model.safetensors");
    assertThat(names("out"))
        .containsExactly("both", "imported", "lines.jsonl", "lines.parquet", "merged", "peft");
    assertNothingStaged();
    CliRun.cola("evaluate", uri("nothing"), "--data", data).failsWith(1, "holds no adapter");
    CliRun.cola("inspect", uri("nothing")).failsWith(1, "there is no such folder");
    CliRun.cola("train", uri("nothing.yaml")).failsWith(2, "there is no such file");
    CliRun.cola("evaluate", adapter, "--data", uri("nothing.csv")).failsWith(1, "no such file");
  }

  /** Two runs that begin together, twenty times: one gets the place. */
  void isClaimedByOne() throws Exception {
    org.apache.hadoop.fs.Path target = hadoop(uri("claims/out"));
    HadoopFiles place = HadoopFiles.of(target);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < 20; round++) {
        CyclicBarrier together = new CyclicBarrier(2);
        Callable<RemoteClaim> claiming =
            () -> {
              together.await();
              try {
                return RemoteClaim.of(place, target);
              } catch (ClaimedException e) {
                assertThat(e).hasMessageContaining("another run writes to it, process ");
                return null;
              }
            };
        List<RemoteClaim> taken = new ArrayList<>();
        for (Future<RemoteClaim> one : threads.invokeAll(List.of(claiming, claiming))) {
          if (one.get() != null) {
            taken.add(one.get());
          }
        }
        assertThat(taken).as("round " + round).hasSize(1);
        taken.get(0).close();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Two trainings that begin together: one result, one refusal. */
  void isTrainedByOne() throws Exception {
    String output = uri("pair/results");
    try (ColaProcess first = process("first.log", "--output", output);
        ColaProcess second = process("second.log", "--output", output)) {
      List<Integer> codes = List.of(first.exitCode(), second.exitCode());
      assertThat(codes).as(first.log() + second.log()).containsExactlyInAnyOrder(0, 2);
      String refused = codes.get(0) == 2 ? first.log() : second.log();
      assertThat(refused.lines().filter(line -> line.startsWith("error: ")))
          .singleElement()
          .asString()
          .containsPattern("output .*: another run writes to it, process \\d+ on .*, since 20");
    }
    assertThat(names("pair")).containsExactly("results");
    assertThat(names("pair/results"))
        .containsExactly("adapters", "job.yaml", "metrics.jsonl", "report.html", "results.json");
  }
}
