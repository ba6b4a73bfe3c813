package io.github.cola4j.spark.compare;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.spark.compare.LineChart.Point;
import io.github.cola4j.spark.compare.LineChart.Series;
import io.github.cola4j.spark.job.spec.Job;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A comparison as Markdown, CSV and plots. */
final class ComparisonReport {
  private static final String PERCENT = "%.1f";

  private final Comparison comparison;
  private final Job job;
  private final ComparisonTable table;
  private final int most;

  /**
   * A report.
   *
   * @param job of the first run
   */
  ComparisonReport(Comparison comparison, Job job, ComparisonTable table) {
    this.comparison = comparison;
    this.job = job;
    this.table = table;
    this.most = table.samples().get(table.samples().size() - 1);
  }

  /** Writes all files, in the place of those of an earlier report. */
  void write() {
    Path folder = comparison.output();
    try {
      Path plots = Files.createDirectories(folder.resolve("plots"));
      for (String task : tasksAndMean()) {
        AtomicFile.writeString(plots.resolve(accuracyPlot(task)), accuracyChart(task));
      }
      AtomicFile.writeString(plots.resolve("parameters.svg"), parameterChart());
      AtomicFile.writeString(
          plots.resolve("seconds.svg"),
          bars("Seconds of training, " + most + " samples a task", RunResult::seconds, 1));
      AtomicFile.writeString(
          plots.resolve("bytes.svg"), bars("MB of state a round", RunResult::bytes, 1e-6));
      AtomicFile.writeString(folder.resolve("comparison.csv"), csv());
      AtomicFile.writeString(folder.resolve("comparison.md"), markdown());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + folder, e);
    }
  }

  private List<String> tasksAndMean() {
    List<String> all = new ArrayList<>(List.of("mean"));
    if (table.tasks().size() > 1) {
      all.addAll(table.tasks());
    }
    return all;
  }

  private List<String> tasksOf(String task) {
    return task.equals("mean") ? table.tasks() : List.of(task);
  }

  private static String accuracyPlot(String task) {
    return "accuracy-" + task + ".svg";
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# Comparison of methods\n\n");
    int seeds = comparison.seeds().size();
    text.append(
        "Model `%s`; tasks %s; samples: training examples of a task; seeds %s.\n"
            .formatted(
                Path.of(job.model()).getFileName(),
                table.results().get(0).tasks().stream()
                    .map(task -> task.task() + " (" + task.testExamples() + " test examples)")
                    .collect(Collectors.joining(", ")),
                comparison.seeds().stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(", "))));
    text.append("Numbers are test accuracies in percent");
    text.append(seeds > 1 ? ", mean ± standard error over seeds.\n" : ".\n");
    for (String task : tasksAndMean()) {
      String title = task.equals("mean") ? "Mean over tasks" : "Task " + task;
      text.append("\n## ").append(title).append("\n\n");
      section(text, task);
    }
    text.append("\n## Difference to ").append(table.methods().get(0)).append("\n\n");
    text.append(
        "Mean over tasks; seed by seed, since a seed gives every method the same examples.\n");
    if (seeds > 1) {
      text.append(
          String.format(
              Locale.ROOT,
              "A star: more than %.2f standard errors, the 95 %% interval of %d seeds for one"
                  + " number; of %d numbers one in twenty has a star by chance.\n",
              Estimate.errorsOf95Percent(seeds),
              seeds,
              (table.methods().size() - 1) * table.samples().size()));
    }
    text.append('\n');
    rows(text, (method, count) -> difference(method, count));
    costs(text);
    settings(text);
    return text.toString();
  }

  private void section(StringBuilder text, String task) {
    rows(text, (method, count) -> table.accuracy(method, count, tasksOf(task)).text(100, PERCENT));
    text.append("\n![Accuracy against samples](plots/").append(accuracyPlot(task)).append(")\n");
  }

  private String difference(String method, int count) {
    if (method.equals(table.methods().get(0))) {
      return "0";
    }
    Estimate difference = table.difference(method, count, table.tasks());
    return difference.text(100, "%+.1f") + (difference.differsFromZero() ? " *" : "");
  }

  /** A cell of a method and a number of samples. */
  private interface Cell {
    String text(String method, int count);
  }

  private void rows(StringBuilder text, Cell cell) {
    row(text, "method", table.samples(), count -> count + " samples");
    row(text, "---", table.samples(), count -> "---:");
    for (String method : table.methods()) {
      row(text, method, table.samples(), count -> cell.text(method, count));
    }
  }

  private static <T> void row(
      StringBuilder text, String first, List<T> columns, Function<T, String> cell) {
    text.append("| ").append(first).append(" |");
    columns.forEach(column -> text.append(' ').append(cell.apply(column)).append(" |"));
    text.append('\n');
  }

  private void costs(StringBuilder text) {
    text.append("\n## Costs\n\n");
    text.append(
        "Parameters: trained ones of a task, without its head. Seconds: of the rounds with");
    text.append(" their validation, all tasks, ")
        .append(most)
        .append(" samples, on this machine.\n");
    text.append("Bytes a round: every task's state (parameters and moments, head too) to one");
    text.append(" executor, and the updates of all shards back.\n\n");
    text.append("| method | parameters | seconds | bytes a round |\n|---|---:|---:|---:|\n");
    for (String method : trained()) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %s | %,.0f |\n",
              method,
              parameters(method),
              table.estimate(method, most, RunResult::seconds).text(1, PERCENT),
              table.estimate(method, most, RunResult::bytes).mean()));
    }
    for (String plot : List.of("parameters", "seconds", "bytes")) {
      text.append("\n![").append(plot).append("](plots/").append(plot).append(".svg)\n");
    }
  }

  private void settings(StringBuilder text) {
    text.append("\n## Settings\n\n");
    text.append("Learning rate ").append(comparison.learningRate());
    text.append(" and all else as in the job, but:\n\n");
    comparison.methods().forEach(method -> setting(text, method, comparison.settings(method)));
    comparison.samples().stream()
        .filter(count -> !comparison.settings(count).isEmpty())
        .forEach(count -> setting(text, count + " samples", comparison.settings(count)));
    if (!trained().equals(table.methods())) {
      text.append("- ").append(RunResult.LINEAR_PROBE);
      text.append(": a linear head on the frozen model's embeddings, no adapter\n");
    }
  }

  private static void setting(StringBuilder text, String what, Map<String, JsonNode> set) {
    String keys =
        set.entrySet().stream()
            .map(entry -> "`" + entry.getKey() + ": " + entry.getValue() + "`")
            .collect(Collectors.joining(", "));
    text.append("- ").append(what).append(": ").append(keys.isEmpty() ? "nothing" : keys);
    text.append('\n');
  }

  /** The methods without the baseline, which has no costs. */
  private List<String> trained() {
    return comparison.methods();
  }

  private long parameters(String method) {
    return table.runs(method, most).get(0).parameters();
  }

  private String csv() {
    StringBuilder text =
        new StringBuilder(
            "method,samples,seed,task,accuracy,macroF1,trainExamples,testExamples,parameters,"
                + "seconds,bytesPerRound\n");
    for (RunResult run : table.results()) {
      boolean frozen = run.method().equals(RunResult.LINEAR_PROBE);
      run.tasks()
          .forEach(
              task ->
                  text.append(
                      String.format(
                          Locale.ROOT,
                          "%s,%d,%d,%s,%s,%s,%d,%d,%d,%.3f,%.0f\n",
                          run.method(),
                          run.samples(),
                          run.seed(),
                          task.task(),
                          run.accuracy(task.task()),
                          frozen || task.macroF1() == null ? "" : task.macroF1(),
                          task.trainExamples(),
                          task.testExamples(),
                          run.parameters(),
                          run.seconds(),
                          run.bytes())));
    }
    return text.toString();
  }

  private String accuracyChart(String task) {
    List<Series> series = new ArrayList<>();
    for (String method : table.methods()) {
      List<Point> points = new ArrayList<>();
      for (int count : table.samples()) {
        Estimate accuracy = table.accuracy(method, count, tasksOf(task));
        points.add(new Point(count, 100 * accuracy.mean(), 100 * accuracy.standardError()));
      }
      series.add(new Series(method, points));
    }
    String title = task.equals("mean") ? "Accuracy, mean over tasks" : "Accuracy, " + task;
    return new LineChart(
            title + " (± standard error)",
            "training examples of a task",
            "percent",
            table.samples().stream().map(Integer::doubleValue).toList())
        .svg(series);
  }

  private String parameterChart() {
    List<Series> series = new ArrayList<>();
    double least = Double.MAX_VALUE;
    double largest = 1;
    for (String method : trained()) {
      Estimate accuracy = table.accuracy(method, most, table.tasks());
      double parameters = Math.max(1, parameters(method));
      least = Math.min(least, parameters);
      largest = Math.max(largest, parameters);
      series.add(
          new Series(
              method,
              List.of(
                  new Point(parameters, 100 * accuracy.mean(), 100 * accuracy.standardError()))));
    }
    return new LineChart(
            "Accuracy against trained parameters, " + most + " samples a task",
            "trained parameters of a task",
            "percent",
            LineChart.decades(least, largest))
        .svg(series);
  }

  private String bars(
      String title, java.util.function.ToDoubleFunction<RunResult> what, double unit) {
    return BarChart.svg(
        title,
        trained(),
        method -> {
          Estimate cost = table.estimate(method, most, what);
          return new BarChart.Bar(unit * cost.mean(), cost.text(unit, "%.2f"));
        });
  }
}
