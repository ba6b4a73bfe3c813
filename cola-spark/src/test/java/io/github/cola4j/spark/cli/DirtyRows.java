package io.github.cola4j.spark.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;

/**
 * JSON lines as they should not be: what is wrong with a row follows from its number, so that it
 * can be checked without keeping any.
 */
final class DirtyRows {
  private static final int CASES = 12;
  private static final int HUGE_EVERY = 10_008; // a multiple of the cases

  /** Longer than what the quarantine keeps of a row. */
  private static final String FILLER = "the bank was lending ".repeat(30);

  final long first;
  final long count;

  /** Rows of which the first has a number. */
  DirtyRows(long first, long count) {
    this.first = first;
    this.count = count;
  }

  /** What a row's {@code kind} is in the quarantine; null where the row is good. */
  static String kind(long row) {
    return switch ((int) (row % CASES)) {
      case 2, 7 -> "malformed JSON";
      case 3 -> "column 'text' is missing or null";
      case 4 -> "column 'text' is an array; expected a text, a number or a boolean";
      case 5 -> "column 'label' is missing or null";
      case 6 -> "column 'text' is blank";
      case 8 -> "not an object but an array";
      case 9 -> "column 'label' is an object; expected a text, a number or a boolean";
      case 10 -> "column 'text' is not UTF-8 (malformed input); convert the file to UTF-8";
      default -> null;
    };
  }

  /** Whether a good row is the same as that of all others of its case. */
  static boolean repeats(long row) {
    return row % CASES == 1;
  }

  private static String line(long row) {
    boolean huge = row % HUGE_EVERY < CASES;
    String text = huge ? FILLER.repeat(500) : FILLER; // 300,000 characters
    return switch ((int) (row % CASES)) {
      case 0 -> good((huge ? text : "the doctors treated ") + row, "med");
      case 1 -> good("the bank was lending shares", "fin");
      case 2 -> "{\"text\": \"" + text.substring((int) (row % 97));
      case 3 -> "{\"label\": \"fin\", \"other\": \"" + text + "\"}";
      case 4 -> "{\"text\": [\"" + text + "\"], \"label\": \"fin\"}";
      case 5 -> "{\"text\": \"" + text + "\", \"label\": null}";
      case 6 -> "{\"text\": \" \\u0000\\t\\u001b \", \"label\": \"fin\", \"o\": \"" + text + "\"}";
      case 7 -> "{\"text\": \"" + (char) (row % 9) + text + "\", \"label\": \"fin\"}";
      case 8 -> "[1, \"" + text + "\"]";
      case 9 -> "{\"text\": \"" + text + "\", \"label\": {\"is\": \"fin\"}}";
      case 10 -> "{\"text\": \"\u00ff" + text + "\", \"label\": \"fin\"}";
      default -> good("contract " + row + " of the court", "fin");
    };
  }

  private static String good(String text, String label) {
    return "{\"text\": \"" + text + "\", \"label\": \"" + label + "\"}";
  }

  /** Writes the rows, compressed; a character is a byte, so that some are no UTF-8. */
  void write(Path file) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16)) {
      for (long row = first; row < first + count; row++) {
        out.write(line(row).getBytes(StandardCharsets.ISO_8859_1));
        out.write('\n');
      }
    }
  }

  /** How many rows there are of each kind. */
  static Map<String, Long> kinds(long rows) {
    Map<String, Long> kinds = new TreeMap<>();
    for (long row = 0; row < rows; row++) {
      if (kind(row) != null) {
        kinds.merge(kind(row), 1L, Long::sum);
      }
    }
    return kinds;
  }
}
