package io.github.cola4j.spark.job.spec;

import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.row.Quarantine;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;

/**
 * How data is read.
 *
 * @param maxBadRows bad rows of one data set before the job fails; all are written to the
 *     quarantine
 * @param maxExamples training examples of a task at most, chosen by the seed; 0 takes all
 * @param encoding the charset of text files of dialogues and questions, as windows-1252; null finds
 *     it out
 * @param duplicates of training examples: {@link #KEEP} or {@link #DROP}
 * @param csv how CSV and TSV files are written
 */
@RecordBuilder
public record DataConfig(
    Long maxBadRows, Integer maxExamples, String encoding, String duplicates, CsvConfig csv)
    implements DataConfigBuilder.With {
  /** Equal training examples all count. */
  public static final String KEEP = "keep";

  /** Of equal training examples the first counts. */
  public static final String DROP = "drop";

  /** Fills in defaults and checks every value. */
  public DataConfig {
    maxBadRows = maxBadRows == null ? Quarantine.DEFAULT_MAX_BAD_ROWS : maxBadRows;
    maxExamples = maxExamples == null ? 0 : maxExamples;
    if (maxExamples < 0) {
      throw new IllegalArgumentException("data.maxExamples must be 0 or more, got " + maxExamples);
    }
    if (encoding != null && !isCharset(encoding)) {
      throw new IllegalArgumentException(
          "data.encoding must be a charset such as UTF-8 or windows-1252, got '" + encoding + "'");
    }
    duplicates = duplicates == null ? KEEP : duplicates;
    if (!duplicates.equals(KEEP) && !duplicates.equals(DROP)) {
      throw new IllegalArgumentException(
          "data.duplicates must be keep or drop, got '" + duplicates + "'");
    }
    csv = csv == null ? CsvConfig.defaults() : csv;
    if (maxBadRows < 0) {
      throw new IllegalArgumentException("data.maxBadRows must be 0 or more, got " + maxBadRows);
    }
  }

  /** All defaults. */
  public static DataConfig defaults() {
    return DataConfigBuilder.builder().build();
  }

  private static boolean isCharset(String name) {
    try {
      return Charset.isSupported(name);
    } catch (IllegalCharsetNameException e) {
      return false;
    }
  }
}
