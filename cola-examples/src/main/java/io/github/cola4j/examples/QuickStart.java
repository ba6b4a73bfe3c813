package io.github.cola4j.examples;

import io.github.cola4j.examples.wordnet.TaskFiles;
import io.github.cola4j.examples.wordnet.TaskSplits;
import io.github.cola4j.examples.wordnet.WordNetTasks;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.cli.TrainCommand;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.Resumption;
import io.github.cola4j.spark.job.output.Output;
import io.github.cola4j.spark.job.spec.CheckpointConfig;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import io.github.cola4j.spark.job.spec.TaskSpec;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Four tasks made of WordNet, few examples each, trained at once on all-MiniLM-L6-v2; model and
 * data come with the program. Writes the data and a job file beside the results, so that {@code
 * cola train} can run the same job again.
 */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description = "Trains four WordNet tasks on all-MiniLM-L6-v2; needs no files.")
public final class QuickStart implements Callable<Integer> {

  /** Adds the command to {@code cola}. */
  public static final class Provider implements Cola.Extension {
    @Override
    public Object command() {
      return new QuickStart();
    }
  }

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      defaultValue = "cola-output",
      description = "Folder for results (default ${DEFAULT-VALUE}); data go to FOLDER-data.")
  private Path output;

  @Option(names = "--overwrite", description = "Replaces the output folder of an earlier run.")
  private boolean overwrite;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Seed of data, initial values and order (default ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--quick", description = "A small run: fewer examples and epochs.")
  private boolean quick;

  @Mixin private SparkOptions spark;
  @Mixin private ConsoleOptions console;

  @Override
  public Integer call() throws IOException {
    run(output, overwrite, seed, quick, spark, console.console());
    return 0;
  }

  /** Runs it; the result is that of {@code results.json}. */
  public static JobResult run(
      Path output, boolean overwrite, long seed, boolean quick, SparkOptions spark, Console console)
      throws IOException {
    Output.requireFree(output.toString(), overwrite, Output.JOB_MARKS);
    Path data = output.resolveSibling(output.getFileName() + "-data");
    List<TaskSplits> tasks =
        quick ? WordNetTasks.load(200, 100, 300, seed) : WordNetTasks.load(400, 200, 1000, seed);
    List<TaskSpec> specs = new ArrayList<>();
    for (TaskSplits task : tasks) {
      TaskFiles.write(data, task);
      specs.add(spec(task));
    }
    Job job =
        Job.of(specs, output.toAbsolutePath().toString())
            .withTraining(training(quick, seed))
            .withBaseline(true)
            .withCheckpoint(CheckpointConfig.none());
    Path file = data.resolve("job.yaml");
    JobFile.write(file, job);
    console.progress().println("Job file: " + file);
    return TrainCommand.run(
        JobFile.read(file, List.of()), overwrite, Resumption.REFUSE, spark, console);
  }

  private static TaskSpec spec(TaskSplits task) {
    boolean pairs = task.train().get(0).pair() != null;
    return TaskSpec.of(task.name(), List.of(task.name() + "/train.jsonl"))
        .withValidation(List.of(task.name() + "/validation.jsonl"))
        .withTest(List.of(task.name() + "/test.jsonl"))
        .withColumns(Columns.defaults().withPair(pairs ? "pair" : null));
  }

  private static TrainingConfig training(boolean quick, long seed) {
    return TrainingConfig.defaults()
        .withEpochs(quick ? 3 : 10)
        .withBatchSize(16)
        .withAccumulation(1)
        .withMaxTokens(2048)
        .withMaxLength(128)
        .withOptimizer(OptimizerConfig.defaults())
        .withSchedule(ScheduleConfig.defaults())
        .withSeed(seed);
  }
}
