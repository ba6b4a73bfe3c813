package io.github.cola4j.spark.data.summary;

import io.github.cola4j.spark.data.row.VisibleText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** Summaries for a reader: a line a task, and of many tasks the first ones and all together. */
public final class SummaryText {
  /** Tasks with a line of their own. */
  private static final int TASKS = 20;

  /** Of more tasks, those that are shown. */
  private static final int FIRST = 10;

  private static final int CLASSES = 3;

  /** Characters of a label. */
  private static final int LABEL = 24;

  private SummaryText() {}

  /** The lines, without control characters. */
  public static List<String> lines(List<TaskSummary> tasks) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            "%-24s %9s %10s %9s %17s %9s %8s  %s",
            "data",
            "training",
            "validation",
            "test",
            "tokens",
            "truncated",
            "bad rows",
            "classes"));
    List<TaskSummary> shown = tasks.size() > TASKS ? tasks.subList(0, FIRST) : tasks;
    shown.forEach(task -> lines.add(line(VisibleText.of(task.task()), List.of(task))));
    if (shown.size() < tasks.size()) {
      lines.add("… " + (tasks.size() - shown.size()) + " more tasks");
      lines.add(line("all " + tasks.size() + " tasks", tasks));
    }
    tasks.stream()
        .filter(task -> task.droppedCount() + task.duplicates() > 0)
        .limit(FIRST)
        .forEach(task -> lines.add(losses(task)));
    return lines;
  }

  private static String line(String name, List<TaskSummary> tasks) {
    TokenLengths lengths =
        tasks.stream()
            .map(task -> task.training().lengths().plus(task.validation().lengths()))
            .reduce(TokenLengths.NONE, TokenLengths::plus);
    boolean tested = tasks.stream().anyMatch(task -> task.test() != null);
    return String.format(
            Locale.ROOT,
            "%-24s %9d %10d %9s %17s %9d %8d  %s",
            name,
            sum(tasks, task -> task.training().examples()),
            sum(tasks, task -> task.validation().examples()),
            tested ? sum(tasks, task -> task.test() == null ? 0 : task.test().examples()) : "–",
            lengths.shortest() + "–" + lengths.longest() + ", mean " + Math.round(lengths.mean()),
            sum(tasks, TaskSummary::truncated),
            sum(tasks, TaskSummary::badRowCount),
            tasks.size() == 1 ? classes(tasks.get(0).training().classes()) : "")
        .stripTrailing();
  }

  private static long sum(List<TaskSummary> tasks, ToLongFunction<TaskSummary> number) {
    return tasks.stream().mapToLong(number).sum();
  }

  /** As {@code 26: person 40, animal 31, act 30, …, time 1}: the largest, and the smallest. */
  private static String classes(Map<String, Long> counts) {
    if (counts.isEmpty()) {
      return "";
    }
    List<String> all =
        counts.entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .map(entry -> shortened(entry.getKey()) + " " + entry.getValue())
            .toList();
    String text =
        all.size() <= CLASSES + 1
            ? String.join(", ", all)
            : all.stream().limit(CLASSES).collect(Collectors.joining(", "))
                + ", …, "
                + all.get(all.size() - 1);
    return all.size() + ": " + text;
  }

  private static String shortened(String label) {
    return VisibleText.of(label.length() > LABEL ? label.substring(0, LABEL) + "…" : label);
  }

  private static String losses(TaskSummary task) {
    List<String> parts = new ArrayList<>();
    if (task.droppedCount() > 0) {
      parts.add(task.droppedCount() + " dropped " + task.dropped());
    }
    if (task.duplicates() > 0) {
      parts.add(task.duplicates() + " duplicates");
    }
    return VisibleText.of(task.task() + ": " + String.join(", ", parts));
  }
}
