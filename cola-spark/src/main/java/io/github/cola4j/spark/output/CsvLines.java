package io.github.cola4j.spark.output;

import com.univocity.parsers.csv.CsvWriter;
import com.univocity.parsers.csv.CsvWriterSettings;
import java.io.Writer;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Writes lines of JSON as comma-separated values with a header line: RFC 4180, but for line ends,
 * which are line feeds. A null is nothing, an empty text is {@code ""}.
 */
public final class CsvLines {
  private CsvLines() {}

  /**
   * Writes all lines; the driver holds those of one partition at a time.
   *
   * @param out stays open
   */
  public static void write(OutputLines lines, Writer out) {
    List<String> names = LineFields.cellNames(lines.rdd());
    CsvWriter writer = new CsvWriter(out, settings(names.size()));
    writer.writeHeaders(names);
    for (Iterator<String> rest = lines.iterator(); rest.hasNext(); ) {
      Map<String, String> cells = LineFields.cells(rest.next());
      writer.writeRow(names.stream().map(cells::get).toArray());
    }
    writer.flush();
  }

  private static CsvWriterSettings settings(int columns) {
    CsvWriterSettings settings = new CsvWriterSettings();
    settings.getFormat().setLineSeparator("\n");
    settings.getFormat().setQuoteEscape('"');
    settings.setMaxColumns(Math.max(1, columns));
    settings.setMaxCharsPerColumn(-1);
    settings.setIgnoreLeadingWhitespaces(false);
    settings.setIgnoreTrailingWhitespaces(false);
    settings.setNormalizeLineEndingsWithinQuotes(false);
    settings.setSkipEmptyLines(false);
    settings.setEmptyValue("\"\"");
    return settings;
  }
}
