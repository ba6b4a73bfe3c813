package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.row.BadRow;
import java.io.Closeable;
import java.io.IOException;
import java.io.Reader;

/** Lines of a text, one in memory at a time and none longer there than {@link #MAX_LINE}. */
final class LineReader implements Closeable {
  /** Characters of a line; one with more costs its row, and not the memory of the JVM. */
  static final int MAX_LINE = 1 << 24;

  /** What is kept of a longer line. */
  private static final int KEPT = 2 * BadRow.MAX_CONTENT;

  /** A builder that a long line made larger is not kept for the next one. */
  private static final int LARGE = 1 << 16;

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  /**
   * A line.
   *
   * @param number from 1
   * @param text without the line's end; of a line that is too long its beginning
   * @param end {@code \n}, {@code \r\n}, {@code \r}, or nothing at the end of the text
   */
  record Line(long number, String text, String end, boolean isTooLong) {
    /** The text without a byte-order mark, which a file has in its middle if it was joined. */
    String unmarked() {
      return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    }
  }

  /** What ends a line. */
  enum Ends {
    /** {@code \n}, {@code \r\n} or {@code \r}. */
    ANY,
    /** {@code \n} or {@code \r\n}. */
    NEWLINE
  }

  private final Reader in;
  private final Ends ends;
  private final char[] buffer = new char[1 << 13];
  private int position;
  private int limit;
  private long number;
  private StringBuilder text = new StringBuilder();

  LineReader(Reader in, Ends ends) {
    this.in = in;
    this.ends = ends;
  }

  /** The next line, or null after the last. */
  Line next() throws IOException {
    if (!hasMore()) {
      return null;
    }
    number++;
    text = text.capacity() > LARGE ? new StringBuilder() : text;
    text.setLength(0);
    boolean tooLong = false;
    do {
      int start = position;
      while (position < limit && !isEnd(buffer[position])) {
        position++;
      }
      int length = position - start;
      if (!tooLong && length > MAX_LINE - text.length()) {
        tooLong = true;
        text.append(buffer, start, Math.min(length, KEPT));
        text = new StringBuilder(text.substring(0, Math.min(text.length(), KEPT)));
      } else if (!tooLong) {
        text.append(buffer, start, length);
      }
    } while (position == limit && hasMore());
    return line(tooLong);
  }

  /**
   * The next line that is not empty, or null after the last; millions of empty ones cost little.
   */
  Line nextFilled() throws IOException {
    while (hasMore() && buffer[position] == '\n') {
      position++;
      number++;
    }
    return next();
  }

  private Line line(boolean tooLong) throws IOException {
    if (position == limit) {
      return new Line(number, text.toString(), "", tooLong);
    }
    char end = buffer[position++];
    if (end == '\r') {
      boolean both = hasMore() && buffer[position] == '\n';
      position += both ? 1 : 0;
      return new Line(number, text.toString(), both ? "\r\n" : "\r", tooLong);
    }
    int last = text.length() - 1;
    if (!tooLong && last >= 0 && text.charAt(last) == '\r') {
      return new Line(number, text.substring(0, last), "\r\n", false);
    }
    return new Line(number, text.toString(), "\n", tooLong);
  }

  private boolean isEnd(char c) {
    return c == '\n' || (c == '\r' && ends == Ends.ANY);
  }

  private boolean hasMore() throws IOException {
    while (position == limit) {
      int read = in.read(buffer, 0, buffer.length);
      if (read < 0) {
        return false;
      }
      position = 0;
      limit = read;
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
