package io.github.cola4j.spark.data.format;

/**
 * How a file of separated values is written.
 *
 * @param separator between values
 * @param quote around values that hold separators, quotes or ends of lines; {@link #NONE} where
 *     values are written as they are
 * @param escape before a quote in a quoted value: the quote itself, or another character, which
 *     also stands before itself
 */
record CsvFormat(char separator, char quote, char escape) {
  /** In the place of a quote: there is none. */
  static final char NONE = '\0';

  /** Values of a row. */
  static final int MAX_VALUES = 20_480;

  CsvFormat separatedBy(char other) {
    return new CsvFormat(other, quote, escape);
  }
}
