package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.data.row.VisibleText;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.regex.Pattern;

/**
 * A terminal that shows control characters and does not obey them: whatever a command prints may
 * hold names, labels and answers that others wrote. Line breaks and tabs stay. The frames of stack
 * traces that libraries print are left out unless they are asked for, and once a command is stopped
 * what was thrown too: threads of Spark's lose those they speak to.
 */
final class VisibleStream extends PrintStream {
  private static final Pattern FRAME = Pattern.compile("(?s)\\s+(at \\S+\\(|\\.\\.\\. \\d+ ).*");

  private static final Pattern THROWN =
      Pattern.compile("(?s)(Caused by: )?(\\w+\\.)+\\w*(Exception|Error)(: .*)?");

  private final PrintStream terminal;
  private final boolean traces;
  private volatile boolean stopped;

  /**
   * A guard of a terminal.
   *
   * @param traces whether stack traces are printed
   */
  VisibleStream(PrintStream terminal, boolean traces) {
    super(terminal, true, Charset.defaultCharset());
    this.terminal = terminal;
    this.traces = traces;
  }

  /** The command is stopped. */
  void stop() {
    stopped = true;
  }

  @Override
  public void print(String text) {
    terminal.print(VisibleText.lines(String.valueOf(text)));
  }

  @Override
  public void print(Object object) {
    print(String.valueOf(object));
  }

  @Override
  public void print(char[] text) {
    print(String.valueOf(text));
  }

  @Override
  public void print(char c) {
    print(String.valueOf(c));
  }

  @Override
  public void println() {
    terminal.println();
  }

  @Override
  public void println(String text) {
    if (traces || text == null || !isOfTrace(text)) {
      print(text);
      println();
    }
  }

  private boolean isOfTrace(String text) {
    return FRAME.matcher(text).matches() || stopped && THROWN.matcher(text).matches();
  }

  @Override
  public void println(Object object) {
    println(String.valueOf(object));
  }

  @Override
  public void println(char[] text) {
    println(String.valueOf(text));
  }

  @Override
  public void println(char c) {
    println(String.valueOf(c));
  }
}
