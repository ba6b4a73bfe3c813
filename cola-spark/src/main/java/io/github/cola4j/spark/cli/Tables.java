package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.job.JobResult;
import io.github.cola4j.spark.job.TaskResult;
import io.github.cola4j.spark.training.RoundTime;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results as text. */
final class Tables {
  private Tables() {}

  static void print(PrintStream out, JobResult result) {
    out.println();
    if (result.tasks().stream().allMatch(task -> task.classes() == 0)) {
      languageModels(out, result);
    } else {
      classifiers(out, result);
    }
    result.tasks().forEach(task -> preferences(out, task));
    result.tasks().forEach(task -> answers(out, task));
    result.tasks().forEach(task -> losses(out, task));
    time(out, result.time());
    out.printf(
        Locale.ROOT,
        "%n%,d trained parameters a task beside %,d frozen ones; %.0f s, %.1f GB at most%n",
        result.adapterParameters(),
        result.modelParameters(),
        result.seconds(),
        result.peakMemoryBytes() / 1e9);
  }

  /** How the test's pairs of answers are told apart, if there are any. */
  private static void preferences(PrintStream out, TaskResult task) {
    if (task.margin() != null) {
      out.printf(
          Locale.ROOT,
          "%s: %.1f%% of %d test pairs preferred as in the data, mean margin %.4f, loss %.4f%n",
          task.task(),
          100 * task.accuracy(),
          task.testExamples(),
          task.margin(),
          task.loss());
    }
  }

  /** How near generated answers come to those of the test data, if there are any. */
  private static void answers(PrintStream out, TaskResult task) {
    if (task.answers() != null) {
      out.println(task.task() + ": " + task.answers());
    }
  }

  /** What of a task's data was not used as it is, if anything. */
  private static void losses(PrintStream out, TaskResult task) {
    if (task.dropped() + task.truncated() + task.badRows() + task.duplicates() > 0) {
      out.printf(
          "%s: %d dropped%s, %d truncated, %d bad rows%s, %d duplicates%n",
          task.task(),
          task.dropped(),
          because(task.droppedBecause()),
          task.truncated(),
          task.badRows(),
          because(task.badRowsBecause()),
          task.duplicates());
    }
  }

  private static String because(Map<String, Long> counts) {
    return counts == null ? "" : VisibleText.of(" " + counts);
  }

  /** What the rounds' seconds went to. */
  private static void time(PrintStream out, RoundTime time) {
    out.printf(
        "%n%-10s %9s %9s %9s %9s %9s %10s %9s%n",
        "rounds", "train", "wait", "reduce", "broadcast", "validate", "checkpoint", "together");
    double[] parts = {
      time.train(),
      time.waiting(),
      time.reduce(),
      time.broadcast(),
      time.validate(),
      time.checkpoint(),
      time.total()
    };
    int[] widths = {10, 10, 10, 10, 10, 11, 10};
    out.printf("%-10s", "seconds");
    for (int i = 0; i < parts.length; i++) {
      out.printf(Locale.ROOT, "%" + widths[i] + ".1f", parts[i]);
    }
    out.printf("%n%-10s", "share");
    for (int i = 0; i < parts.length; i++) {
      out.print(percent(parts[i] / time.total(), widths[i]));
    }
    out.println();
  }

  private static void languageModels(PrintStream out, JobResult result) {
    out.printf(
        "%-24s %9s %16s %16s %10s %13s %9s%n",
        "task",
        "training",
        "validation loss",
        "test perplexity",
        "questions",
        "right before",
        "after");
    for (TaskResult task : result.tasks()) {
      out.printf(
          Locale.ROOT,
          "%-24s %9d %16.4f %16s %10s%s%s%n",
          task.task(),
          task.trainExamples(),
          task.validationLoss(),
          task.perplexity() == null ? "–" : String.format(Locale.ROOT, "%.3f", task.perplexity()),
          task.choiceQuestions() == null ? "–" : task.choiceQuestions(),
          percent(task.choiceAccuracyBefore(), 14),
          percent(task.choiceAccuracy(), 10));
    }
  }

  private static void classifiers(PrintStream out, JobResult result) {
    boolean probe = result.tasks().stream().anyMatch(t -> t.probeAccuracy() != null);
    List<TaskResult> numbers =
        result.tasks().stream().filter(t -> t.validationAccuracy() == null).toList();
    List<TaskResult> classified =
        result.tasks().stream().filter(t -> t.validationAccuracy() != null).toList();
    if (!classified.isEmpty()) {
      classes(out, classified, probe);
    }
    if (!numbers.isEmpty()) {
      regressions(out, numbers);
    }
  }

  private static void regressions(PrintStream out, List<TaskResult> tasks) {
    out.printf(
        "%-24s %9s %9s %16s %10s %8s %9s%n",
        "task", "training", "test", "validation loss", "test R²", "MAE", "Spearman");
    for (TaskResult task : tasks) {
      out.printf(
          Locale.ROOT,
          "%-24s %9d %9d %16.4f %10s %8s %9s%n",
          task.task(),
          task.trainExamples(),
          task.testExamples(),
          task.validationLoss(),
          number(task.r2()),
          number(task.meanAbsoluteError()),
          number(task.spearman()));
    }
  }

  private static String number(Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static void classes(PrintStream out, List<TaskResult> tasks, boolean probe) {
    boolean tested = tasks.stream().anyMatch(t -> t.accuracy() != null);
    out.printf(
        "%-24s %8s %9s %9s%s%s%n",
        "task",
        "classes",
        "training",
        "test",
        probe ? " linear probe" : "",
        tested ? "     CoLA  macro-F1" : "  validation");
    for (TaskResult task : tasks) {
      out.printf(
          Locale.ROOT,
          "%-24s %8d %9d %9d",
          task.task(),
          task.classes(),
          task.trainExamples(),
          task.testExamples());
      out.print(probe ? percent(task.probeAccuracy(), 13) : "");
      out.print(
          tested
              ? percent(task.accuracy(), 9) + percent(task.macroF1(), 10)
              : percent(task.validationAccuracy(), 12));
      out.println();
    }
  }

  private static String percent(Double share, int width) {
    String text = share == null ? "–" : String.format(Locale.ROOT, "%.1f%%", 100 * share);
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }
}
