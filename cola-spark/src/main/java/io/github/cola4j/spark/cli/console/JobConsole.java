package io.github.cola4j.spark.cli.console;

import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.data.summary.SummaryText;
import io.github.cola4j.spark.data.summary.TaskSummary;
import io.github.cola4j.spark.job.ConsoleProgress;
import io.github.cola4j.spark.job.JobListener;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.memory.MemoryPlan;
import io.github.cola4j.spark.training.RoundMetrics;
import java.util.List;

/** Prints what a job does; close it at the job's end. */
public final class JobConsole implements JobListener, AutoCloseable {
  private final Console console;
  private final boolean ignoresMemory;
  private final ConsoleProgress rounds;
  private volatile int round;
  private boolean complete;

  /**
   * Of a job that begins.
   *
   * @param ignoresMemory whether it is trained though memory is too little
   */
  public JobConsole(Console console, Job job, boolean ignoresMemory) {
    this.console = console;
    this.ignoresMemory = ignoresMemory;
    this.rounds =
        new ConsoleProgress(
            console.progress(), isTerminal() && !console.isQuiet(), job.tasks().size());
    boolean resumes = job.checkpoint().every() > 0;
    console.whenStopped(
        () ->
            String.format(
                " in round %d; %s",
                round + 1,
                resumes
                    ? "resume with --resume"
                    : "there is nothing to resume from (checkpoint.every is 0)"));
  }

  /** From JDK 22 on there is a console without a terminal too. */
  @SuppressWarnings("SystemConsoleNull") // Console.isTerminal is of JDK 22
  private static boolean isTerminal() {
    return System.console() != null && System.getenv("TERM") != null;
  }

  /** Whether there was nothing to train. */
  public boolean wasComplete() {
    return complete;
  }

  @Override
  public void memory(MemoryPlan plan) {
    plan.lines().forEach(console.progress()::println);
    plan.warnings().forEach(console::warning);
    if (ignoresMemory) {
      plan.problems().forEach(console::warning);
    } else if (!plan.problems().isEmpty()) {
      throw new InvalidJobException(
          String.join("; ", plan.problems()) + "; --ignore-memory trains all the same", null);
    }
  }

  @Override
  public void data(List<TaskSummary> tasks) {
    SummaryText.lines(tasks).forEach(console.progress()::println);
    console.progress().println();
  }

  @Override
  public void progress(String line) {
    console.progress().println(VisibleText.of(line));
  }

  @Override
  public void warning(String line) {
    console.warning(line);
  }

  @Override
  public void complete(String line) {
    complete = true; // the command says it with the results
  }

  @Override
  public void resumes(int after) {
    round = after;
  }

  @Override
  public void accept(RoundMetrics metrics) {
    round = metrics.round();
    rounds.accept(metrics);
  }

  @Override
  public void close() {
    rounds.close();
  }
}
