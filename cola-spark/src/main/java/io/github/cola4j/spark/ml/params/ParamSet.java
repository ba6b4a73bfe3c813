package io.github.cola4j.spark.ml.params;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;
import scala.Function1;

/**
 * The params of one stage. Spark would find them by reflection on a stage's fields, which Java
 * initialises after it: a stage makes a set in its constructor and returns {@link #all}.
 */
public final class ParamSet implements Serializable {
  private static final long serialVersionUID = 1;

  private final Params stage;
  private final Map<String, Param<?>> params = new TreeMap<>();

  /** Of a stage whose uid is set. */
  public ParamSet(Params stage) {
    this.stage = stage;
  }

  /**
   * Refuses values. The records that values go into know their ranges, so it mostly makes one of
   * them.
   */
  @FunctionalInterface
  public interface Check<V> extends Serializable {
    /**
     * Looks at a value.
     *
     * @throws IllegalArgumentException if it cannot be
     */
    Object require(V value);
  }

  private interface Validator<V> extends Function1<V, Object>, Serializable {}

  @SuppressWarnings("unchecked")
  private <T, V> Function1<T, Object> validator(String name, Check<V> check) {
    String of = stage.uid() + ", param " + name + ": ";
    Validator<T> validator =
        value -> {
          try {
            check.require((V) value);
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(of + e.getMessage(), e);
          }
          return true;
        };
    return validator;
  }

  /** All params, sorted by their names, as Spark has them. */
  public Param<?>[] all() {
    return params.values().toArray(Param<?>[]::new);
  }

  /**
   * A string.
   *
   * @param value the default; null for none
   */
  public void string(String name, String doc, String value, Check<String> check) {
    add(new Param<String>(stage, name, doc, validator(name, check)), value);
  }

  /**
   * A string that is one of some.
   *
   * @param value the default; null for none
   */
  public void oneOf(String name, String doc, String value, String... choices) {
    string(name, doc, value, given -> requireOneOf(given, choices));
  }

  private static String requireOneOf(String given, String... choices) {
    if (!Arrays.asList(choices).contains(given)) {
      throw new IllegalArgumentException(
          "expected one of " + Arrays.toString(choices) + ", got '" + given + "'");
    }
    return given;
  }

  /** The name of a column that is read, which must be given. */
  public void column(String name, String doc, String value) {
    string(name, doc, value, given -> requireFilled(given, "the name of a column"));
  }

  /** The name of a column that there may be; the default, an empty string, is for none. */
  public void optionalColumn(String name, String doc) {
    optionalColumn(name, doc, "");
  }

  /** As above, with a default of its own. */
  public void optionalColumn(String name, String doc, String value) {
    string(
        name,
        doc + "; an empty string for none",
        value,
        given ->
            given.isEmpty() ? given : requireFilled(given, "a column's name, or an empty string"));
  }

  public static String requireFilled(String given, String what) {
    if (given == null || given.isBlank()) {
      throw new IllegalArgumentException("expected " + what + ", got '" + given + "'");
    }
    return given;
  }

  /**
   * A whole number.
   *
   * @param value the default; null for none
   */
  public void integer(String name, String doc, Integer value, Check<Integer> check) {
    add(new IntParam(stage, name, doc, validator(name, check)), value);
  }

  /** A whole number of 64 bits. */
  public void large(String name, String doc, Long value, Check<Long> check) {
    add(new LongParam(stage, name, doc, validator(name, check)), value);
  }

  /**
   * A number.
   *
   * @param value the default; null for none
   */
  public void number(String name, String doc, Double value, Check<Double> check) {
    add(new DoubleParam(stage, name, doc, validator(name, check)), value);
  }

  /** Something that is neither written nor checked here. */
  public void any(String name, String doc) {
    add(new Param<>(stage, name, doc), null);
  }

  /** Refuses what is too little. */
  public static Object atLeast(long least, long given) {
    if (given < least) {
      throw new IllegalArgumentException("expected " + least + " or more, got " + given);
    }
    return given;
  }

  /** Whether something is so. */
  public void truth(String name, String doc, boolean value) {
    add(new BooleanParam(stage, name, doc), value);
  }

  /** Strings. */
  public void strings(String name, String doc, String[] value, Check<String[]> check) {
    add(new StringArrayParam(stage, name, doc, validator(name, check)), value);
  }

  @SuppressWarnings("unchecked")
  private <T> void add(Param<T> param, Object value) {
    params.put(param.name(), param);
    if (value != null) {
      stage.setDefault(param, (T) value);
    }
  }

  /** A stage's param. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <P extends Param<?>> P of(Params stage, String name) {
    return (P) stage.getParam(name);
  }

  /** Sets a param and gives the stage. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <S> S set(Params stage, Param<?> param, Object value) {
    return (S) stage.set((Param<Object>) param, value);
  }

  /** A param's value as a record's component has it; null where it is not set. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <V> V orNull(Params stage, Param<?> param) {
    return stage.isDefined(param) ? (V) stage.getOrDefault(param) : null;
  }

  /** An optional column's name; null where there is none. */
  public static String column(Params stage, Param<String> param) {
    String name = stage.getOrDefault(param);
    return name.isEmpty() ? null : name;
  }
}
