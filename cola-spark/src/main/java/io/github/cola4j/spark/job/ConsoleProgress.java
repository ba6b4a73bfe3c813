package io.github.cola4j.spark.job;

import io.github.cola4j.spark.data.row.VisibleText;
import io.github.cola4j.spark.training.RoundMetrics;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** A line for every round and task and, on a terminal, a bar below them. */
public final class ConsoleProgress implements Consumer<RoundMetrics>, AutoCloseable {
  private final PrintStream out;
  private final ProgressBar bar;
  private final Map<String, Double> progress = new TreeMap<>();
  private boolean headed;

  /**
   * Reports to a stream.
   *
   * @param bar whether to draw one
   * @param tasks number of tasks
   */
  public ConsoleProgress(PrintStream out, boolean bar, int tasks) {
    this.out = out;
    this.bar =
        bar
            ? new ProgressBarBuilder()
                .setTaskName("training")
                .setInitialMax(100L * tasks)
                .setConsumer(new ConsoleProgressBarConsumer(bytes(out)))
                .hideEta()
                .build()
            : null;
  }

  /** Past what {@code out} does to control characters: the bar's carriage returns are its own. */
  private static PrintStream bytes(PrintStream out) {
    return new PrintStream(out, true, Charset.defaultCharset());
  }

  @Override
  public void accept(RoundMetrics m) {
    if (!headed) {
      out.printf(
          "%5s  %-24s %9s %8s %8s %8s   %11s %9s%n",
          "round", "task", "step", "loss", "val loss", "val acc", "examples/s", "time left");
      headed = true;
    }
    out.printf(
        Locale.ROOT,
        "%5d  %-24s %4d/%-4d %8.4f %8s %8s %s %11.0f %8.0fs%n",
        m.round(),
        VisibleText.of(m.task()),
        m.step(),
        m.totalSteps(),
        m.loss(),
        shown("%.4f", m.validationLoss()),
        shown("%.1f%%", m.accuracy() == null ? null : 100 * m.accuracy()),
        m.best() ? "*" : " ",
        m.examplesPerSecond(),
        m.secondsLeft());
    if (m.rejected() > 0) {
      out.printf(
          "       %s: the updates of %d of %d shards were rejected; %s%n",
          VisibleText.of(m.task()),
          m.rejected(),
          m.rejected() + m.shards(),
          VisibleText.of(m.rejectedBecause()));
    }
    if (bar != null) {
      progress.put(m.task(), 100.0 * m.step() / m.totalSteps());
      bar.stepTo((long) progress.values().stream().mapToDouble(Double::doubleValue).sum());
    }
  }

  /** A dash where the round was not validated. */
  private static String shown(String format, Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
