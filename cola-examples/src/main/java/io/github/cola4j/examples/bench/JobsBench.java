package io.github.cola4j.examples.bench;

import io.github.cola4j.nn.Kernels;
import io.github.cola4j.spark.claim.ClaimedFolder;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.model.BaseModelCache;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What jobs cost outside their rounds, which grows with tasks and files and not with training: one
 * job of many small tasks, and one task whose rows lie in one file or in many. The model is loaded
 * and Spark started before.
 */
@Command(
    name = "jobs",
    mixinStandardHelpOptions = true,
    description = "Seconds outside rounds, by the number of tasks and of files.")
public final class JobsBench implements Callable<Integer> {
  @Mixin private LocalOptions local;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      defaultValue = "300",
      description = "Tasks of the job of many tasks (default ${DEFAULT-VALUE}).")
  private int tasks;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "20",
      description = "Training rows of each of them (default ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "1200",
      description = "Files of the task of many files (default ${DEFAULT-VALUE}).")
  private int files;

  @Option(
      names = "--file-rows",
      paramLabel = "N",
      defaultValue = "60000",
      description = "Its rows, in all files together (default ${DEFAULT-VALUE}).")
  private int fileRows;

  /**
   * What was measured of one job.
   *
   * @param seconds from start to end
   * @param outside of them, those outside rounds
   * @param cpu seconds of all threads
   * @param sparkJobs how many Spark jobs it took
   */
  record Row(
      String name,
      int tasks,
      int files,
      double seconds,
      double outside,
      double cpu,
      int sparkJobs) {}

  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() throws IOException {
    Console printed = console.console();
    printed.json(Map.of("rows", run(printed.report())));
    return 0;
  }

  /** Measures and prints. */
  List<Row> run(PrintStream out) throws IOException {
    if (local.cores < 1 || tasks < 1 || rows < 4 || files < 1 || fileRows < Math.max(4, files)) {
      throw new IllegalArgumentException(
          "expected --cores, --tasks and --files of at least 1, --rows of at least 4 and"
              + " --file-rows of at least 4 and one a file, got "
              + List.of(local.cores, tasks, files, rows, fileRows));
    }
    Kernels.limitThreads(1);
    Machine.print(out, arguments(), BaseModelCache.load(local.model).transformer().type());
    SparkConf conf = local.conf("bench jobs");
    Path folder = Files.createTempDirectory("cola-bench");
    try (SparkSession session = SparkSession.builder().config(conf).getOrCreate()) {
      measure("warm-up", 2, rows, 1, folder, session);
      out.printf(
          "%-9s %6s %6s %9s %9s %9s %11s%n",
          "job", "tasks", "files", "seconds", "outside", "CPU", "Spark jobs");
      Row many = print(measure("tasks", tasks, rows, 1, folder, session), out);
      Row one = print(measure("one file", 1, fileRows, 1, folder, session), out);
      Row split = print(measure("files", 1, fileRows, files, folder, session), out);
      out.printf(
          Locale.ROOT,
          "many files take %.2f of one file's seconds, %.2f of those outside rounds%n",
          split.seconds() / one.seconds(),
          split.outside() / one.outside());
      return List.of(many, one, split);
    } finally {
      ClaimedFolder.delete(folder);
    }
  }

  private static Row print(Row row, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%-9s %6d %6d %9.2f %9.2f %9.2f %11d%n",
        row.name(),
        row.tasks(),
        row.files(),
        row.seconds(),
        row.outside(),
        row.cpu(),
        row.sparkJobs());
    return row;
  }

  private Row measure(
      String name, int tasks, int rows, int files, Path folder, SparkSession session)
      throws IOException {
    Path own = folder.resolve(name);
    List<String> entries = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      String task = "t" + t;
      for (int f = 0; f < files; f++) {
        write(own.resolve(task).resolve("train"), f, rows * f / files, rows * (f + 1) / files);
      }
      write(own.resolve(task).resolve("test"), 0, 0, 4);
      entries.add(String.format("{name: %s, train: %s/train, test: %s/test}", task, task, task));
    }
    Path file = own.resolve("job.yaml");
    Files.writeString(
        file,
        String.join(
            "\n",
            "tasks: [" + String.join(", ", entries) + "]",
            "adapter: {a: 1, b: 1, rank: 2}",
            "training: {epochs: 1, maxLength: 32, batchSize: 64}",
            "spark: {examplesPerShard: 20000}",
            "output: out"));
    String absolute = JobFile.path(local.model, Path.of("").toAbsolutePath());
    Job job = JobFile.read(file, List.of("model=" + absolute));
    Jobs jobs = new Jobs();
    session.sparkContext().addSparkListener(jobs);
    double cpu = Machine.cpuSeconds();
    JobResult result =
        new JobRunner(session, job).run(false, Resumption.REFUSE, round -> {}, notice -> {});
    cpu = Machine.cpuSeconds() - cpu;
    session.sparkContext().removeSparkListener(jobs);
    double seconds = result.seconds();
    return new Row(
        name, tasks, files, seconds, seconds - result.time().total(), cpu, jobs.started.get());
  }

  private static void write(Path folder, int file, int from, int to) throws IOException {
    Files.createDirectories(folder);
    Files.write(
        folder.resolve(String.format("%05d.jsonl", file)),
        IntStream.range(from, to).mapToObj(JobsBench::row).toList());
  }

  private static String row(int i) {
    return String.format(
        "{\"text\": \"the bank treated order %d of the %s\", \"label\": \"%s\"}",
        i, i % 2 == 0 ? "patient" : "seller", i % 2 == 0 ? "even" : "odd");
  }

  private static final class Jobs extends SparkListener {
    private final AtomicInteger started = new AtomicInteger();

    @Override
    public void onJobStart(SparkListenerJobStart start) {
      started.incrementAndGet();
    }
  }

  private String arguments() {
    return String.format(
        Locale.ROOT,
        "jobs --model %s --cores %d --tasks %d --rows %d --files %d --file-rows %d",
        local.model,
        local.cores,
        tasks,
        rows,
        files,
        fileRows);
  }
}
