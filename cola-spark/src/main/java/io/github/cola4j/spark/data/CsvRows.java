package io.github.cola4j.spark.data;

import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import com.univocity.parsers.csv.UnescapedQuoteHandling;
import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;

/**
 * The rows of a CSV or TSV file with a header, or without where the rule knows the columns: values
 * may be quoted and go over lines, a quote in them is doubled (RFC 4180). Spaces around a value
 * without quotes are not part of it. A badly quoted value counts as none, so that its row is set
 * aside and not guessed.
 */
final class CsvRows<T extends Serializable> implements RowSource<T> {
  /** The longest value read; a quote that is never closed ends here at the latest. */
  private static final int MAX_VALUE = 1 << 20;

  private static final int MAX_COLUMNS = 20_480;

  private final String file;
  private final RowRule<T> rule;
  private final CsvParser parser;
  private final List<String> header;

  /** The first row where it is no header, until it has been given out. */
  private ReadRow<T> pending;

  CsvRows(DataFile file, RowRule<T> rule, Configuration conf) throws IOException {
    this.file = file.name();
    this.rule = rule;
    this.parser = new CsvParser(settings(file.format() == DataFile.Format.TSV ? '\t' : ','));
    parser.beginParsing(file.open(conf));
    long firstLine = parser.getContext().currentLine() + 1;
    String[] first = parser.parseNext();
    while (first != null && isBlank(first)) {
      firstLine = parser.getContext().currentLine() + 1;
      first = parser.parseNext();
    }
    List<String> cells =
        first == null
            ? List.of()
            : Arrays.stream(first).map(name -> Objects.requireNonNullElse(name, "")).toList();
    List<String> names = rule.headerless(cells);
    header = names == null ? cells : names;
    pending = names == null ? null : read(firstLine, first);
  }

  /** The columns' names; none where the file has no row at all. */
  List<String> header() {
    return header;
  }

  @Override
  public ReadRow<T> next() {
    if (pending != null) {
      ReadRow<T> first = pending;
      pending = null;
      return first;
    }
    while (true) {
      long line = parser.getContext().currentLine() + 1;
      String[] values;
      try {
        values = parser.parseNext();
      } catch (TextParsingException e) {
        String reason =
            String.format(
                "a row of more than %d columns or a value of more than %d characters; is a quote not closed?",
                MAX_COLUMNS, MAX_VALUE);
        return ReadRow.fatal(file, line, reason);
      }
      if (values == null) {
        return null;
      }
      if (!isBlank(values)) {
        return read(line, values);
      }
    }
  }

  private ReadRow<T> read(long line, String[] values) {
    String content = parser.getContext().currentParsedContent().stripTrailing();
    if (content.indexOf('\n') >= 0 && content.chars().filter(c -> c == '"').count() % 2 == 1) {
      String reason = "a quoted value is not closed";
      return ReadRow.bad(file, line, reason, reason, content);
    }
    int width = values.length;
    while (width > header.size() && values[width - 1] == null) {
      width--;
    }
    if (width > header.size()) {
      String reason =
          width
              + " values where the header has "
              + header.size()
              + "; quote a value that holds a separator";
      return ReadRow.bad(file, line, "more values than the header has", reason, content);
    }
    return rule.read(file, line, new Row(header, values), () -> content);
  }

  private record Row(List<String> header, String[] cells) implements RowRule.Values {
    @Override
    public Object of(String column) {
      int index = header.indexOf(column);
      return index >= 0 && index < cells.length ? cells[index] : null;
    }

    @Override
    public String whenNull() {
      return "is missing, empty or badly quoted";
    }
  }

  @Override
  public void close() {
    parser.stopParsing();
  }

  private static boolean isBlank(String[] values) {
    return values.length == 1 && values[0] == null;
  }

  private static CsvParserSettings settings(char separator) {
    CsvParserSettings settings = new CsvParserSettings();
    settings.getFormat().setDelimiter(separator);
    settings.getFormat().setLineSeparator("\n");
    settings.setCommentProcessingEnabled(false);
    settings.setSkipEmptyLines(false);
    settings.setReadInputOnSeparateThread(false);
    settings.setUnescapedQuoteHandling(UnescapedQuoteHandling.SKIP_VALUE);
    settings.setMaxCharsPerColumn(MAX_VALUE);
    settings.setMaxColumns(MAX_COLUMNS);
    return settings;
  }
}
