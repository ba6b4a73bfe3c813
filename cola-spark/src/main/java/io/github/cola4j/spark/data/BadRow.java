package io.github.cola4j.spark.data;

import java.io.Serializable;

/**
 * A row that is no example, and why.
 *
 * @param file the file it is in
 * @param line the line it starts at, from 1; in Parquet the number of the row, from 1
 * @param reason what is wrong with it
 * @param content the row as the file has it, cut to {@value #MAX_CONTENT} characters
 */
public record BadRow(String file, long line, String reason, String content)
    implements Serializable {
  /** Characters kept of a bad row. */
  public static final int MAX_CONTENT = 500;

  /** Cuts the content, never through a surrogate pair. */
  public BadRow {
    if (content.length() > MAX_CONTENT) {
      int end =
          Character.isHighSurrogate(content.charAt(MAX_CONTENT - 1))
              ? MAX_CONTENT - 1
              : MAX_CONTENT;
      content = content.substring(0, end);
    }
  }
}
