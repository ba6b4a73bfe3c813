package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.List;

/**
 * How CSV and TSV files are written, where it is not as usual.
 *
 * @param separator the character between values, or {@code tab}; null for a comma in {@code .csv},
 *     a tab in {@code .tsv}
 * @param quote the character around values, or {@code none}; null for {@code "} in {@code .csv} and
 *     wherever there is an escape, else none
 * @param escape the character before a quote in a quoted value, or {@code backslash}; null where
 *     such a quote is doubled
 * @param header the columns' names in files without a header line; null where there is one
 */
@RecordBuilder
public record CsvConfig(
    String separator,
    String quote,
    String escape,
    @JsonDeserialize(
            contentUsing = StringDeserializer.class) // true and false have their own message
        List<String> header)
    implements Serializable, CsvConfigBuilder.With {
  /** No quotes. */
  public static final String NONE = "none";

  private static final String TAB = "tab";
  private static final String BACKSLASH = "backslash";

  /** Checks every value. */
  public CsvConfig {
    if (escape != null && NONE.equals(quote)) {
      throw new IllegalArgumentException(
          "data.csv.escape is for quotes in quoted values, and data.csv.quote is none; remove one"
              + " of them");
    }
    if (header != null) {
      header = List.copyOf(header);
      if (header.equals(List.of("true")) || header.equals(List.of("false"))) {
        throw new IllegalArgumentException(
            "data.csv.header (--csv-header) has the columns' names of files without a header line,"
                + " such as [text, label]; where there is one, leave it out. Got "
                + header.get(0));
      }
      if (header.stream().distinct().count() < header.size() || header.isEmpty()) {
        throw new IllegalArgumentException(
            "data.csv.header (--csv-header) must name each column once, got " + header);
      }
    }
    CsvFormat format = format(false, separator, quote, escape);
    if (format.separator() == format.quote() || format.separator() == format.escape()) {
      throw new IllegalArgumentException(
          "data.csv.separator must differ from data.csv.quote and data.csv.escape, all are '"
              + format.separator()
              + "'");
    }
  }

  /** As usual. */
  public static CsvConfig defaults() {
    return CsvConfigBuilder.builder().build();
  }

  /** How files of an ending are written. */
  CsvFormat format(String ending) {
    return format(ending.equals(SeparatedFormat.TABS), separator, quote, escape);
  }

  private static CsvFormat format(boolean isTsv, String separator, String quote, String escape) {
    char between = character("separator", separator, TAB);
    char before = character("escape", escape, BACKSLASH);
    boolean hasQuotes = quote == null && (!isTsv || escape != null);
    char around = hasQuotes ? '"' : character("quote", quote, NONE);
    return new CsvFormat(
        separator != null ? between : isTsv ? '\t' : ',', around, escape != null ? before : around);
  }

  /** The character that a value means; NUL where there is none. */
  private static char character(String name, String value, String word) {
    if (value == null) {
      return CsvFormat.NONE;
    }
    if (value.equals(word)) {
      return word.equals(TAB) ? '\t' : word.equals(BACKSLASH) ? '\\' : CsvFormat.NONE;
    }
    boolean isCharacter =
        value.length() == 1
            && !Character.isLetterOrDigit(value.charAt(0))
            && "\n\r\0".indexOf(value.charAt(0)) < 0;
    if (!isCharacter) {
      throw new IllegalArgumentException(
          String.format(
              "data.csv.%s (--csv-%s) must be one character, no letter, or '%s', got '%s'",
              name, name, word, value));
    }
    return value.charAt(0);
  }
}
