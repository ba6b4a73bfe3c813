package io.github.cola4j.spark.data.row;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * What one row became: an example, or a bad row.
 *
 * @param <T> what examples are
 * @param example the example, or null
 * @param bad the bad row, or null
 * @param fatal whether nothing after the bad row can be read either, so that the file is lost from
 *     here on
 * @param check in the place of a file's first row, what a look at the file has found, or null
 * @param remarks of a good row, what of it is used otherwise than one might think; null for nothing
 * @param origin where it comes from, or null where that is not kept
 */
@RecordBuilder
public record ReadRow<T extends Serializable>(
    T example, BadRow bad, boolean fatal, FileCheck check, List<String> remarks, Origin origin)
    implements Serializable {

  /**
   * A row as its file has it.
   *
   * @param columns all of them, as a JSON object
   */
  record Origin(String file, long line, String columns) implements Serializable {}

  public static <T extends Serializable> ReadRow<T> good(T example) {
    return ReadRowBuilder.<T>builder().example(example).build();
  }

  /** The row with its origin. */
  public ReadRow<T> of(Origin from) {
    return ReadRowBuilder.builder(this).origin(from).build();
  }

  /** The row with what is kept of its origin; of a malformed one that is its place alone. */
  public InputRow<T> input() {
    return origin == null
        ? new InputRow<>(example, bad, null, bad.file(), bad.line())
        : new InputRow<>(example, bad, origin.columns(), origin.file(), origin.line());
  }

  /** The same row with further remarks; a bad one has none. */
  public ReadRow<T> plus(List<String> more) {
    if (example == null || more.isEmpty()) {
      return this;
    }
    List<String> all = new ArrayList<>(remarks == null ? List.of() : remarks);
    all.addAll(more);
    return ReadRowBuilder.builder(this).remarks(List.copyOf(all)).build();
  }

  public static <T extends Serializable> ReadRow<T> bad(
      String file, long line, String kind, String reason, String content) {
    return ReadRowBuilder.<T>builder().bad(new BadRow(file, line, kind, reason, content)).build();
  }

  public static <T extends Serializable> ReadRow<T> fatal(String file, long line, String reason) {
    return ReadRowBuilder.<T>builder()
        .bad(new BadRow(file, line, "unreadable", reason, ""))
        .fatal(true)
        .build();
  }

  public static <T extends Serializable> ReadRow<T> of(FileCheck check) {
    return ReadRowBuilder.<T>builder().check(check).build();
  }
}
