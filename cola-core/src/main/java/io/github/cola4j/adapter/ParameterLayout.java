package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;

/**
 * Where each parameter of a task lies in its flat vector: column-major matrices one after the
 * other. Every machine derives the same layout from model and configuration.
 *
 * @param entries in the order of the vector
 */
public record ParameterLayout(List<Entry> entries) implements Serializable {

  /** What a parameter belongs to: decides its learning rate and the scope of averaging. */
  public enum Kind {
    /** The A matrices of a module. */
    A,
    /** The B matrices of a module. */
    B,
    /** Anything else of a module: scales, gates of tokens, cores of a tensor train. */
    OTHER,
    /** The weights with which a task takes a module's experts: no other task's concern. */
    TASK_GATE,
    /** The task's head. */
    HEAD,
    /** What training leaves as it is: the residual pair, which averaging changes. */
    FIXED;

    /** The kinds that training changes. */
    public static EnumSet<Kind> trainable() {
      return EnumSet.complementOf(EnumSet.of(FIXED));
    }
  }

  /**
   * One matrix of the vector.
   *
   * @param name for example {@code encoder.layer.0.attention.self.query/A}
   * @param kind what it belongs to
   * @param offset of its first element
   * @param rows its rows
   * @param columns its columns
   * @param learningRateRatio its learning rate relative to that of its kind
   * @param copies how many equal matrices it stands for: 1, but for factors of {@link
   *     AdaptedModules#collapsed}. Its gradient is that of one of them
   */
  public record Entry(
      String name,
      Kind kind,
      int offset,
      int rows,
      int columns,
      double learningRateRatio,
      int copies)
      implements Serializable {
    /** At its kind's learning rate. */
    public Entry(String name, Kind kind, int offset, int rows, int columns) {
      this(name, kind, offset, rows, columns, 1);
    }

    /** Of which there is one. */
    public Entry(
        String name, Kind kind, int offset, int rows, int columns, double learningRateRatio) {
      this(name, kind, offset, rows, columns, learningRateRatio, 1);
    }

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

  /** The number of parameters before the head's. */
  public int lengthOfFactors() {
    return entries.stream()
        .filter(entry -> entry.kind() != Kind.HEAD)
        .mapToInt(Entry::length)
        .sum();
  }

  /**
   * These factors, and a classification head behind them.
   *
   * @param classes number of classes; 0 for no head
   * @param features d, the embedding's width
   */
  public ParameterLayout withHead(int classes, int features) {
    if (classes == 0) {
      return this;
    }
    Builder layout = new Builder();
    layout.entries.addAll(entries);
    layout.length = length();
    return layout
        .add(AdaptedModules.HEAD_WEIGHT, Kind.HEAD, classes, features)
        .add(AdaptedModules.HEAD_BIAS, Kind.HEAD, classes, 1)
        .build();
  }

  /** The number of parameters that training changes. */
  public int trained() {
    return entries.stream()
        .filter(entry -> entry.kind() != Kind.FIXED)
        .mapToInt(Entry::length)
        .sum();
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

  /** The number of parameters where every copy lies for itself. */
  public int expandedLength() {
    return entries.stream().mapToInt(entry -> entry.copies() * entry.length()).sum();
  }

  /**
   * A vector with every copy side by side.
   *
   * @param vector beginning as this layout says; what is behind it, a head, stays behind it
   */
  public float[] expand(float[] vector) {
    int head = vector.length - length();
    float[] expanded = new float[Math.addExact(expandedLength(), head)];
    int to = 0;
    for (Entry entry : entries) {
      for (int copy = 0; copy < entry.copies(); copy++) {
        System.arraycopy(vector, entry.offset(), expanded, to, entry.length());
        to += entry.length();
      }
    }
    System.arraycopy(vector, length(), expanded, to, head);
    return expanded;
  }

  /**
   * The vector that {@link #expand} makes this one of.
   *
   * @return empty if copies differ, if only in a bit
   */
  public Optional<float[]> collapse(float[] expanded) {
    int head = expanded.length - expandedLength();
    float[] vector = new float[length() + head];
    int from = 0;
    for (Entry entry : entries) {
      for (int copy = 0; copy < entry.copies(); copy++) {
        int next = from + copy * entry.length();
        if (!Arrays.equals(
            expanded, from, from + entry.length(), expanded, next, next + entry.length())) {
          return Optional.empty();
        }
      }
      System.arraycopy(expanded, from, vector, entry.offset(), entry.length());
      from += entry.copies() * entry.length();
    }
    System.arraycopy(expanded, from, vector, length(), head);
    return Optional.of(vector);
  }

  /** Builds a layout, entry by entry. */
  public static final class Builder {
    private final List<Entry> entries = new ArrayList<>();
    private int length;

    /** Appends a matrix. */
    public Builder add(String name, Kind kind, int rows, int columns) {
      return add(name, kind, rows, columns, 1);
    }

    /**
     * Appends a matrix with a learning rate of its own, relative to its kind's.
     *
     * @throws IllegalArgumentException if there are more parameters than an array holds
     */
    public Builder add(String name, Kind kind, int rows, int columns, double learningRateRatio) {
      return add(name, kind, rows, columns, learningRateRatio, 1);
    }

    /**
     * Appends a matrix that stands for some equal ones.
     *
     * @param copies how many
     * @throws IllegalArgumentException if there are more parameters than an array holds
     */
    public Builder add(
        String name, Kind kind, int rows, int columns, double learningRateRatio, int copies) {
      entries.add(new Entry(name, kind, length, rows, columns, learningRateRatio, copies));
      long more = length + (long) rows * columns;
      if (more > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            String.format(
                "%s [%d × %d]: the adapter has %d parameters with it, expected %d at most; lower"
                    + " its rank, or a and b",
                name, rows, columns, more, Integer.MAX_VALUE));
      }
      length = (int) more;
      return this;
    }

    /** The finished layout. */
    public ParameterLayout build() {
      return new ParameterLayout(List.copyOf(entries));
    }
  }
}
