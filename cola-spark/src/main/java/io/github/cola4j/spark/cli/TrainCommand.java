package io.github.cola4j.spark.cli;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.console.JobConsole;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
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
  @Parameters(paramLabel = "JOB", description = "The job file (YAML, docs/reference/job-file).")
  private String file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the job file: training.epochs=3, tasks.0.name=x. Repeat.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--output", paramLabel = "FOLDER", description = "Overrides the output folder.")
  private String output;

  @Option(names = "--overwrite", description = "Replaces the output folder of an earlier run.")
  private boolean overwrite;

  @Option(
      names = "--ignore-memory",
      description = "Trains also where memory seems too little, which is refused otherwise.")
  private boolean ignoresMemory;

  @ArgGroup(exclusive = true)
  private Checkpoints checkpoints = new Checkpoints();

  @Mixin private SparkOptions spark;
  @Mixin private ConsoleOptions console;

  /** What is done with checkpoints of a run that did not end. */
  static final class Checkpoints {
    @Option(
        names = "--resume",
        description =
            "Resumes from the newest checkpoint of an interrupted run; starts from scratch if there"
                + " is none. Refused if job, model or data have changed.")
    private boolean resume;

    @Option(
        names = "--resume-anyway",
        description = "Resumes also where job or data have changed, if the states fit.")
    private boolean resumeAnyway;

    @Option(
        names = "--restart",
        description = "Deletes the checkpoints of an interrupted run and starts from scratch.")
    private boolean restart;

    private Resumption resumption() {
      if (resume) {
        return Resumption.RESUME;
      }
      if (resumeAnyway) {
        return Resumption.RESUME_ANYWAY;
      }
      return restart ? Resumption.RESTART : Resumption.REFUSE;
    }
  }

  @Override
  public Integer call() throws IOException {
    List<String> all = new ArrayList<>(overrides);
    if (output != null) {
      String place = JobFile.path(output, Path.of("").toAbsolutePath());
      all.add("output='" + place.replace("'", "''") + "'");
    }
    Job job = JobFile.read(file, all);
    if (!checkpoints.resumption().resumes()) {
      Output.requireFree(job.output(), overwrite, Output.JOB_MARKS);
    }
    run(job, overwrite, checkpoints.resumption(), ignoresMemory, spark, console.console());
    return 0;
  }

  /**
   * What is printed as JSON.
   *
   * @param status trained, or already complete
   */
  private record Trained(String status, String output, @JsonUnwrapped JobResult results) {}

  /** Runs a job. */
  public static JobResult run(
      Job job, boolean overwrite, Resumption resumption, SparkOptions spark, Console console)
      throws IOException {
    return run(job, overwrite, resumption, false, spark, console);
  }

  private static JobResult run(
      Job job,
      boolean overwrite,
      Resumption resumption,
      boolean ignoresMemory,
      SparkOptions spark,
      Console console)
      throws IOException {
    try (OpenSession session = spark.open("CoLA4J " + Locations.name(job.output()));
        JobConsole progress = new JobConsole(console, job, ignoresMemory)) {
      JobResult result = new JobRunner(session.session(), job).run(overwrite, resumption, progress);
      Tables.print(console.text(), result);
      console
          .text()
          .println(
              (progress.wasComplete()
                      ? "already complete, --overwrite trains it from scratch: "
                      : "Results, metrics and adapters: ")
                  + job.output());
      console.json(
          new Trained(
              progress.wasComplete() ? "already complete" : "trained", job.output(), result));
      return result;
    }
  }
}
