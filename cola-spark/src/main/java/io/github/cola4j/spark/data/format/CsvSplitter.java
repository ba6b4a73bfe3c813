package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.row.BadRow;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a row of separated values, which quotes may carry over several lines (RFC 4180). Spaces
 * and control characters around a value are not part of it, nor are those around its quotes; an
 * empty value is null. A quoted value that goes on after its closing quote spoils its row, as
 * nothing says where it ends.
 */
final class CsvSplitter {
  private final CsvFormat format;
  private final List<String> values = new ArrayList<>();
  private final StringBuilder quoted = new StringBuilder();
  private boolean isOpen;
  private int count;
  private BadQuote badQuote;
  private int wrapped;

  /**
   * What is wrong with a quote.
   *
   * @param kind of {@link BadRow}
   */
  record BadQuote(String kind, String reason) {}

  CsvSplitter(CsvFormat format) {
    this.format = format;
  }

  /** The values of a row of one line. */
  static List<String> split(CsvFormat format, String line) {
    CsvSplitter splitter = new CsvSplitter(format);
    splitter.begin();
    splitter.add(line, "");
    return splitter.values();
  }

  /** Forgets the row before. */
  void begin() {
    values.clear();
    quoted.setLength(0);
    isOpen = false;
    count = 0;
    badQuote = null;
    wrapped = 0;
  }

  /**
   * Takes the row's next line.
   *
   * @param end what ends the line
   * @return whether it is the row's last one; else a quoted value goes on in the next
   */
  boolean add(String line, String end) {
    int at = isOpen ? quoted(line, 0) : value(line, 0);
    while (at >= 0 && at < line.length()) { // at a separator
      at = value(line, at + 1);
    }
    if (isOpen) {
      quoted.append(end);
    }
    return !isOpen;
  }

  /** The values; of more than {@link CsvFormat#MAX_VALUES} the first ones. */
  List<String> values() {
    return values;
  }

  /** How many values there are up to the last that is not empty, or as many as the header has. */
  int count(int header) {
    int end = count;
    while (end > header && end <= values.size() && values.get(end - 1) == null) {
      end--;
    }
    return end;
  }

  /** What spoils the row, or null. */
  BadQuote badQuote() {
    return badQuote;
  }

  /** Values of a format without quotes that begin and end with a quotation mark. */
  int wrapped() {
    return wrapped;
  }

  /** Reads a value; returns where its separator is, the line's length if it has none, or −1. */
  private int value(String line, int from) {
    int start = skipSpace(line, from);
    if (start < line.length() && isQuote(line.charAt(start))) {
      quoted.setLength(0);
      return quoted(line, start + 1);
    }
    int end = line.indexOf(format.separator(), start);
    end = end < 0 ? line.length() : end;
    String value = line.substring(start, end).trim();
    if (format.quote() == CsvFormat.NONE
        && value.length() > 1
        && value.startsWith("\"")
        && value.endsWith("\"")) {
      wrapped++;
    }
    put(value);
    return end;
  }

  /** Reads on in a quoted value; returns as {@link #value}, or −1 where it is not closed. */
  private int quoted(String line, int from) {
    isOpen = true;
    int at = from;
    while (at < line.length()) {
      char c = line.charAt(at);
      char next = at + 1 < line.length() ? line.charAt(at + 1) : CsvFormat.NONE;
      boolean isEscape = c == format.escape() && (isQuote(next) || (next == c && !isQuote(c)));
      if (isEscape) {
        quoted.append(next);
        at += 2;
      } else if (isQuote(c)) {
        return closed(line, at);
      } else {
        quoted.append(c);
        at++;
      }
    }
    return -1;
  }

  private int closed(String line, int quote) {
    isOpen = false;
    int after = skipSpace(line, quote + 1);
    if (after == line.length() || line.charAt(after) == format.separator()) {
      put(quoted.toString());
      return after;
    }
    boolean isBackslash = format.escape() != '\\' && quote > 0 && line.charAt(quote - 1) == '\\';
    badQuote =
        isBackslash
            ? new BadQuote(
                "a quote is escaped by a backslash",
                String.format(
                    "value %d has a quote escaped by a backslash; if the file is written so, set"
                        + " data.csv.escape to backslash (--csv-escape backslash)",
                    count + 1))
            : new BadQuote(
                "badly quoted",
                String.format(
                    "value %d is badly quoted: it continues after its closing quote; a quote in a"
                        + " quoted value is doubled",
                    count + 1));
    return -1;
  }

  private void put(String value) {
    count++;
    if (count <= CsvFormat.MAX_VALUES) {
      values.add(value.isEmpty() ? null : value);
    }
  }

  private boolean isQuote(char c) {
    return c == format.quote() && c != CsvFormat.NONE;
  }

  private int skipSpace(String line, int from) {
    int at = from;
    while (at < line.length() && line.charAt(at) <= ' ' && line.charAt(at) != format.separator()) {
      at++;
    }
    return at;
  }
}
