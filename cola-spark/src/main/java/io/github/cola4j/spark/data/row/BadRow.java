package io.github.cola4j.spark.data.row;

import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * A row that is no example, and why.
 *
 * @param file the file it is in
 * @param line the line it starts at, from 1; in Parquet the number of the row, from 1
 * @param kind what is wrong with it, in words that many rows have in common: rows are counted by it
 * @param reason what is wrong with it in particular, cut as the content is, and without control
 *     characters: it is shown on terminals
 * @param content the row as the file has it, cut to {@value #MAX_CONTENT} characters
 */
public record BadRow(String file, long line, String kind, String reason, String content)
    implements Serializable {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

  /** Characters kept of a bad row. */
  public static final int MAX_CONTENT = 500;

  /** Cuts reason and content; lone surrogates become U+FFFD, as no file can hold them. */
  public BadRow {
    kind = Surrogates.repaired(kind);
    reason = Surrogates.repaired(cut(CONTROL.matcher(reason).replaceAll("\uFFFD")));
    content = Surrogates.repaired(cut(content));
  }

  /** Never through a surrogate pair. */
  private static String cut(String text) {
    if (text.length() <= MAX_CONTENT) {
      return text;
    }
    boolean pair = Character.isHighSurrogate(text.charAt(MAX_CONTENT - 1));
    return text.substring(0, pair ? MAX_CONTENT - 1 : MAX_CONTENT);
  }
}
