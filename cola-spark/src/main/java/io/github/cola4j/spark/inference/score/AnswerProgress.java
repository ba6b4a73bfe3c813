package io.github.cola4j.spark.inference.score;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Reports how many dialogues are answered, from time to time: generating answers takes long. Counts
 * may come from another thread than the one that waits.
 */
public final class AnswerProgress implements LongConsumer {
  private static final long EVERY = TimeUnit.SECONDS.toNanos(10);

  private final String task;
  private final long dialogues;
  private final Consumer<String> lines;
  private final LongSupplier clock;
  private final long start;
  private long last;

  /**
   * Of a task that begins, which is reported.
   *
   * @param task whose answers they are, as it is named to people
   * @param dialogues how many are to be answered
   * @param lines takes a line at a time
   */
  public AnswerProgress(String task, long dialogues, Consumer<String> lines) {
    this(task, dialogues, lines, System::nanoTime);
  }

  AnswerProgress(String task, long dialogues, Consumer<String> lines, LongSupplier clock) {
    this.task = task;
    this.dialogues = dialogues;
    this.lines = lines;
    this.clock = clock;
    this.start = clock.getAsLong();
    this.last = start;
    lines.accept(
        String.format(Locale.ROOT, "%s: generating answers to %,d dialogues", task, dialogues));
  }

  /** So many are done. */
  @Override
  public synchronized void accept(long done) {
    long now = clock.getAsLong();
    if (now - last < EVERY || done >= dialogues) {
      return;
    }
    last = now;
    double seconds = (now - start) / 1e9;
    lines.accept(
        String.format(
            Locale.ROOT,
            "%s: %,d of %,d dialogues answered, %.0fs, time left %.0fs",
            task,
            done,
            dialogues,
            seconds,
            seconds / done * (dialogues - done)));
  }
}
