package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.row.FileCheck;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowSource;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;

/**
 * The rows of a CSV or TSV file with a header, or without where the job or the rule knows the
 * columns. Every line that is not blank is part of one row or bad row: a row that cannot be read
 * costs its lines, each of which is a bad row, and a quoted value that does not end costs the rest
 * of the file so.
 */
final class CsvRows<T extends Serializable> implements RowSource<T> {
  /** Lines of a row; with more of them a quote is taken for one that is not closed. */
  static final int MAX_LINES = 1000;

  /** Lines inside a row that must all look like rows for it to be told of. */
  private static final int SWALLOWED_LINES = 3;

  private static final String TOO_LONG =
      String.format("a row of more than %,d characters", LineReader.MAX_LINE);

  private static final String NOT_CLOSED = "a quoted value is not closed";

  private final String file;
  private final RowRule<T> rule;
  private final CsvConfig config;
  private final CsvFormat format;
  private final LineReader lines;
  private final CsvSplitter splitter;
  private final Deque<ReadRow<T>> pending = new ArrayDeque<>();
  private final String headerLine;
  private List<String> header = List.of();
  private String problem;

  /** Where a quoted value begins that does not end; 0 while there is none. */
  private long unclosed;

  private boolean ended;

  /** Rows that may be several, and of them the longest. */
  private long swallowing;

  private long mostLines;
  private long mostLinesAt;
  private long wrapped;

  CsvRows(DataFile file, CsvConfig config, RowRule<T> rule, Configuration conf) throws IOException {
    this.file = file.name();
    this.rule = rule;
    this.config = config;
    this.format = config.format(file.ending());
    this.lines = new LineReader(file.open(conf), LineReader.Ends.NEWLINE);
    this.splitter = new CsvSplitter(format);
    List<LineReader.Line> first = nextRow();
    headerLine = first == null ? "" : first.get(0).unmarked();
    if (config.header() != null) {
      header = config.header();
      pending.addAll(first == null ? List.of() : read(first));
    } else if (first != null) {
      begin(first);
    } else if (!pending.isEmpty()) {
      problem = "its header cannot be read: " + pending.peek().bad().reason();
    }
  }

  /** Takes the first row for the header, unless the rule knows better. */
  private void begin(List<LineReader.Line> first) {
    List<String> cells =
        splitter.values().stream().map(name -> Objects.requireNonNullElse(name, "")).toList();
    List<String> names = rule.headerless(cells);
    int count = splitter.count(0);
    if (names != null) {
      header = names;
      pending.addAll(read(first));
    } else if (splitter.badQuote() != null) {
      problem = "its header cannot be read: " + splitter.badQuote().reason();
    } else if (count > CsvFormat.MAX_VALUES) {
      problem =
          String.format(
              "its header has %,d columns; expected %,d at most", count, CsvFormat.MAX_VALUES);
    } else {
      header = cells;
    }
  }

  /** The columns' names; none where the file has no row at all. */
  List<String> header() {
    return header;
  }

  /** Why the file's header is none, or null. */
  String problem() {
    return problem;
  }

  /** A separator by which the header would have columns that it does not have now, or none. */
  char otherSeparator(Collection<String> columns) {
    for (char other : new char[] {';', '\t', ',', '|'}) {
      if (other != format.separator()
          && config.header() == null
          && CsvSplitter.split(format.separatedBy(other), headerLine).containsAll(columns)) {
        return other;
      }
    }
    return CsvFormat.NONE;
  }

  @Override
  public ReadRow<T> next() throws IOException {
    while (pending.isEmpty()) {
      List<LineReader.Line> row = nextRow();
      if (row != null) {
        pending.addAll(read(row));
      } else if (pending.isEmpty()) {
        return end();
      }
    }
    return pending.remove();
  }

  /** What the whole file has shown, once. */
  private ReadRow<T> end() {
    String notice = ended ? null : notice();
    ended = true;
    return notice == null ? null : ReadRow.of(new FileCheck(null, notice));
  }

  private String notice() {
    if (wrapped > 0 && config.quote() == null) {
      return String.format(
          "%s: %,d values begin and end with a quotation mark, which is read as part of them; if"
              + " they are quoted, set data.csv.quote to '\"' (--csv-quote '\"')",
          file, wrapped);
    }
    if (swallowing > 0) {
      return String.format(
          "%s: %,d rows have quoted values of several lines which all look like rows; the longest"
              + " has %,d lines from line %,d. If the quotation mark there is no quote, set"
              + " data.csv.quote to none (--csv-quote none)",
          file, swallowing, mostLines, mostLinesAt);
    }
    return null;
  }

  /**
   * The lines of the next row, whose values the splitter has; null where there is none. Lines of
   * what is no row are bad rows before that.
   */
  private List<LineReader.Line> nextRow() throws IOException {
    LineReader.Line line = lines.nextFilled();
    while (line != null && isBlank(line.unmarked())) {
      line = lines.nextFilled();
    }
    if (line == null) {
      return null;
    }
    if (unclosed > 0) {
      pending.add(unread(line));
      return null;
    }
    splitter.begin();
    boolean isComplete = splitter.add(line.unmarked(), line.end());
    if (line.isTooLong()) {
      return tooLong(line, isComplete);
    }
    List<LineReader.Line> row = new ArrayList<>();
    row.add(line);
    long length = line.text().length();
    while (!isComplete) {
      LineReader.Line more = lines.next();
      length += more == null ? 0 : more.text().length();
      boolean tooLong = length > LineReader.MAX_LINE || (more != null && more.isTooLong());
      if (more == null || tooLong || row.size() == MAX_LINES) {
        return unclosed(row, more, tooLong);
      }
      row.add(more);
      isComplete = splitter.add(more.text(), more.end());
    }
    return row;
  }

  private List<LineReader.Line> tooLong(LineReader.Line line, boolean isComplete) {
    pending.add(ReadRow.bad(file, line.number(), TOO_LONG, TOO_LONG, line.text()));
    if (!isComplete) {
      unclosed = line.number();
    }
    return null;
  }

  /** Sets aside the lines of a value that does not end, and with them the rest of the file. */
  private List<LineReader.Line> unclosed(
      List<LineReader.Line> row, LineReader.Line next, boolean tooLong) {
    LineReader.Line first = row.get(0);
    unclosed = first.number();
    String how =
        next == null
            ? "before the end of the file"
            : tooLong
                ? String.format("within %,d characters", LineReader.MAX_LINE)
                : String.format("within %,d lines", MAX_LINES);
    String reason =
        String.format(
            "a quoted value begins here and is not closed %s: nothing after it can be read. Close"
                + " it, or set data.csv.quote to none (--csv-quote none)",
            how);
    pending.add(ReadRow.bad(file, first.number(), NOT_CLOSED, reason, first.text()));
    row.subList(1, row.size()).forEach(line -> pending.add(unread(line)));
    if (next != null) {
      pending.add(unread(next));
    }
    return null;
  }

  private ReadRow<T> unread(LineReader.Line line) {
    String reason = String.format("in or after the quoted value of line %d, not closed", unclosed);
    return ReadRow.bad(file, line.number(), NOT_CLOSED, reason, line.text());
  }

  /** The row of lines whose values the splitter has, or a bad row for each of them. */
  private List<ReadRow<T>> read(List<LineReader.Line> row) {
    LineReader.Line first = row.get(0);
    CsvSplitter.BadQuote badQuote = splitter.badQuote();
    if (badQuote != null) {
      List<ReadRow<T>> bad = new ArrayList<>();
      for (LineReader.Line line : row) {
        String reason =
            line == first
                ? badQuote.reason()
                : String.format("in the row of line %d, which is badly quoted", first.number());
        bad.add(ReadRow.bad(file, line.number(), badQuote.kind(), reason, line.text()));
      }
      return bad;
    }
    note(row);
    int count = splitter.count(header.size());
    if (count > header.size()) {
      String reason =
          String.format(
              "%d values where the header has %d; quote a value that holds a separator",
              count, header.size());
      return List.of(
          ReadRow.bad(
              file, first.number(), "more values than the header has", reason, content(row)));
    }
    List<String> values = new ArrayList<>(splitter.values()); // the splitter goes on
    if (isHeader(values)) {
      String reason = "the header line again; were files joined?";
      return List.of(
          ReadRow.bad(file, first.number(), "the header line again", reason, content(row)));
    }
    return List.of(rule.read(file, first.number(), new Row(header, values), () -> content(row)));
  }

  private void note(List<LineReader.Line> row) {
    wrapped += splitter.wrapped();
    if (looksSwallowed(row)) {
      swallowing++;
      if (row.size() > mostLines) {
        mostLines = row.size();
        mostLinesAt = row.get(0).number();
      }
    }
  }

  private boolean looksSwallowed(List<LineReader.Line> row) {
    return row.size() >= SWALLOWED_LINES + 2
        && header.size() > 1
        && row.subList(1, row.size() - 1).stream()
            .map(line -> CsvSplitter.split(format, line.text()))
            .allMatch(values -> values.size() == header.size() && !values.contains(null));
  }

  /** Whether values are the columns' names, but for columns without a name at the end. */
  private boolean isHeader(List<String> values) {
    boolean any = false;
    for (int i = 0; i < Math.max(values.size(), header.size()); i++) {
      String name = i < header.size() ? header.get(i) : "";
      String value = i < values.size() ? Objects.requireNonNullElse(values.get(i), "") : "";
      if (!name.equals(value)) {
        return false;
      }
      any |= !value.isEmpty();
    }
    return any;
  }

  private static String content(List<LineReader.Line> row) {
    if (row.size() == 1) {
      return row.get(0).unmarked();
    }
    StringBuilder content = new StringBuilder();
    row.forEach(line -> content.append(line.unmarked()).append(line.end()));
    return content.toString().stripTrailing();
  }

  private boolean isBlank(String line) {
    return line.indexOf(format.separator()) < 0 && line.trim().isEmpty();
  }

  private record Row(List<String> header, List<String> cells) implements RowRule.Values {
    @Override
    public Object of(String column) {
      int index = header.indexOf(column);
      return index >= 0 && index < cells.size() ? cells.get(index) : null;
    }

    @Override
    public void all(ObjectNode target) {
      for (int i = 0; i < header.size(); i++) {
        target.put(header.get(i), i < cells.size() ? cells.get(i) : null);
      }
    }

    @Override
    public String whenNull() {
      return "is missing or empty";
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
