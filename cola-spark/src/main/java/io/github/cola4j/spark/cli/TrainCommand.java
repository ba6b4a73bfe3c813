package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.job.ConsoleProgress;
import io.github.cola4j.spark.job.Job;
import io.github.cola4j.spark.job.JobFile;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.OutputFolder;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola train job.yaml}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains the tasks of a job file and writes adapters, metrics and results.")
public final class TrainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "JOB", description = "The job file (YAML, docs/job-file.md).")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the job file: training.epochs=3, tasks.0.name=x. Repeat.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--output", paramLabel = "FOLDER", description = "Overrides the output folder.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces the output folder of an earlier run.")
  private boolean overwrite;

  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws IOException {
    List<String> all = new ArrayList<>(overrides);
    if (output != null) {
      all.add("output='" + output.toAbsolutePath().toString().replace("'", "''") + "'");
    }
    Job job = JobFile.read(file, all);
    OutputFolder.requireFree(Path.of(job.output()), overwrite);
    run(job, overwrite, spark, System.out);
    return 0;
  }

  /** Runs a job with progress on a stream. */
  public static JobResult run(Job job, boolean overwrite, SparkOptions spark, PrintStream out)
      throws IOException {
    try (SparkSession session = spark.open("CoLA4J " + Path.of(job.output()).getFileName());
        ConsoleProgress progress =
            new ConsoleProgress(out, System.console() != null, job.tasks().size())) {
      JobResult result = new JobRunner(session, job).run(overwrite, progress, out::println);
      Tables.print(out, result);
      out.println("Results, metrics and adapters: " + job.output());
      return result;
    }
  }
}
