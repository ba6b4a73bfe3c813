package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import java.util.ArrayList;
import java.util.List;

/**
 * Where each parameter of a task lies in its flat vector: column-major matrices one after the
 * other. Every machine derives the same layout from model and configuration.
 *
 * @param entries in the order of the vector
 */
public record ParameterLayout(List<Entry> entries) {

  /** What a parameter belongs to: decides its learning rate and the scope of averaging. */
  public enum Kind {
    /** The A matrices of a module. */
    A,
    /** The B matrices of a module. */
    B,
    /** The task's head. */
    HEAD
  }

  /**
   * One matrix of the vector.
   *
   * @param name for example {@code encoder.layer.0.attention.self.query/A}
   * @param kind what it belongs to
   * @param offset of its first element
   * @param rows its rows
   * @param columns its columns
   */
  public record Entry(String name, Kind kind, int offset, int rows, int columns) {
    /** The number of elements. */
    public int length() {
      return rows * columns;
    }

    /** This parameter's window of a flat vector [P × 1]. */
    public Matrix of(Matrix vector) {
      return vector.rows(offset, offset + length()).reshape(rows, columns);
    }
  }

  /** The number of parameters. */
  public int length() {
    if (entries.isEmpty()) {
      return 0;
    }
    Entry last = entries.get(entries.size() - 1);
    return last.offset() + last.length();
  }

  /**
   * The entry of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Entry entry(String name) {
    return entries.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no parameter named " + name));
  }

  /** Builds a layout, entry by entry. */
  public static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private int length;

    /** Appends a matrix. */
    public Builder add(String name, Kind kind, int rows, int columns) {
      entries.add(new Entry(name, kind, length, rows, columns));
      length = Math.addExact(length, Math.multiplyExact(rows, columns));
      return this;
    }

    /** The finished layout. */
    public ParameterLayout build() {
      return new ParameterLayout(List.copyOf(entries));
    }
  }
}
