package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.job.ConsoleProgress;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.JobRunner;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.storage.Locations;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
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
  @Parameters(paramLabel = "JOB", description = "The job file (YAML, docs/job-file.md).")
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

  @ArgGroup(exclusive = true)
  private Checkpoints checkpoints = new Checkpoints();

  @Mixin private SparkOptions spark;

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
        description = "Goes on also where job or data have changed, if the states fit.")
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
    run(job, overwrite, checkpoints.resumption(), spark, System.out);
    return 0;
  }

  /** Runs a job with progress on a stream. */
  public static JobResult run(
      Job job, boolean overwrite, Resumption resumption, SparkOptions spark, PrintStream out)
      throws IOException {
    try (OpenSession session = spark.open("CoLA4J " + Locations.name(job.output()));
        ConsoleProgress progress =
            new ConsoleProgress(out, System.console() != null, job.tasks().size())) {
      JobResult result = run(session.session(), job, overwrite, resumption, progress, out);
      Tables.print(out, result);
      out.println("Results, metrics and adapters: " + job.output());
      return result;
    }
  }

  private static JobResult run(
      SparkSession session,
      Job job,
      boolean overwrite,
      Resumption resumption,
      ConsoleProgress progress,
      PrintStream out) {
    try (Interruption interruption = new Interruption(session.sparkContext())) {
      try {
        return new JobRunner(session, job)
            .run(overwrite, resumption, progress, notice -> out.println(VisibleText.of(notice)));
      } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
        interruption.explain(e, job.checkpoint().every() > 0);
        throw e;
      }
    }
  }
}
