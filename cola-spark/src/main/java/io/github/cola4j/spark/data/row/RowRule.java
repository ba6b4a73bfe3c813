package io.github.cola4j.spark.data.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * When a row is an example, and which.
 *
 * @param <T> what examples are
 */
public interface RowRule<T extends Serializable> extends Serializable {
  /**
   * A value that is no text.
   *
   * @param kind what it is, with its article
   * @param json what is in it; null where the rule does not ask for nested values
   */
  record Nested(String kind, JsonNode json) {}

  /** A row as the rule sees it. */
  interface Values {
    /** A column's value: a text, a {@link Nested}, or null. */
    Object of(String column);

    /** A column's bytes, or those of a struct of Spark's image source; null where it has none. */
    default byte[] bytes(String column) {
      return null;
    }

    /** Puts all columns, under their names and in their order. */
    void all(ObjectNode target);

    /** What a null means in this format, as in {@code is missing or null}. */
    String whenNull();
  }

  /**
   * The columns a row must have, by role.
   *
   * @param present the columns of its file
   */
  Map<String, String> required(Collection<String> present);

  /** Columns read where a file has them. */
  List<String> optional();

  /**
   * Columns that others give a meaning and this rule does not read. A row that has one is counted,
   * and its user is told; a table's rows count where the table has the column.
   */
  default List<String> watched() {
    return List.of();
  }

  /** What a user is told of a watched column: what follows on the number of rows. */
  default String remark(String column) {
    return "have '" + column + "', which is not used";
  }

  /** The remarks on a table that has these columns. */
  default List<String> remarks(Collection<String> present) {
    return watched().stream().filter(present::contains).map(this::remark).toList();
  }

  /** What of a row is not used, or otherwise than one might think; the same texts for many rows. */
  default List<String> remarks(Values values, T example) {
    return watched().stream()
        .filter(column -> isFilled(values.of(column)))
        .map(this::remark)
        .toList();
  }

  /** Whether there is something in a value. */
  static boolean isFilled(Object value) {
    return value instanceof Nested nested
        ? nested.json() == null || !nested.json().isEmpty()
        : value != null && !((String) value).isBlank();
  }

  /** Whether rows need all columns of their files and not only those that the rule reads. */
  default boolean keepsAll() {
    return false;
  }

  /** Columns that are not kept where all are, since they are no text. */
  default Set<String> notKept() {
    return Set.of();
  }

  /** What to do where a file lacks the column of a role. */
  default String fixHint(String role) {
    return String.format("set tasks[].columns.%s (--%s)", role, role);
  }

  /**
   * The columns of a CSV file without a header line; null where its first row is the header.
   *
   * @param first the first row's values, empty texts where there is none
   */
  default List<String> headerless(List<String> first) {
    return null;
  }

  /**
   * The example a row makes.
   *
   * @throws BadRowException if it is none
   */
  T apply(Values values) throws BadRowException;

  /** An example's labels that are counted, each once. */
  default List<String> labels(T example) {
    return List.of();
  }

  /** What is wrong with a row. */
  final class BadRowException extends Exception {
    private static final long serialVersionUID = 1;

    private final String kind;

    /** A reason that is the same for many rows. */
    public BadRowException(String reason) {
      this(reason, reason);
    }

    /**
     * A reason that has something of the row in it.
     *
     * @param kind of many rows, see {@link BadRow#kind}
     */
    public BadRowException(String kind, String reason) {
      super(reason);
      this.kind = kind;
    }

    public String kind() {
      return kind;
    }
  }

  /** The example a row makes, or what is wrong with the row. */
  default ReadRow<T> read(String file, long line, Values values, Supplier<String> content) {
    try {
      T example = apply(values);
      return ReadRow.good(example).plus(remarks(values, example));
    } catch (BadRowException e) {
      return ReadRow.bad(file, line, e.kind, e.getMessage(), content.get());
    }
  }

  /** A column's text, which must not be blank. */
  static String text(Values values, String column) throws BadRowException {
    Object value = values.of(column);
    String what = "column '" + column + "' ";
    if (value == null) {
      throw new BadRowException(what + values.whenNull());
    }
    if (value instanceof Nested nested) {
      throw new BadRowException(
          what + "is " + nested.kind() + "; expected a text, a number or a boolean");
    }
    return wellFormed(what, (String) value);
  }

  /**
   * A text that was read whole and has more than spaces and control characters; lone surrogates in
   * it become U+FFFD.
   */
  static String wellFormed(String what, String text) throws BadRowException {
    if (Surrogates.hasMalformed(text)) {
      throw new BadRowException(what + "is not UTF-8 (malformed input); convert the file to UTF-8");
    }
    if (text.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
      throw new BadRowException(what + "is blank");
    }
    return Surrogates.repaired(text);
  }
}
