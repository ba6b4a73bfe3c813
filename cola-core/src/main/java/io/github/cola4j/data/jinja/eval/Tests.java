package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Arithmetic;
import io.github.cola4j.data.jinja.value.Lazy;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Text;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.util.List;
import java.util.Map;

/** Jinja2's tests, {@code value is name}. */
public final class Tests {
  private Tests() {}

  /** A test. */
  interface Test {
    boolean holds(Rendering rendering, Object value, CallArguments arguments);
  }

  /** Of a value alone. */
  private interface Plain {
    boolean holds(Object value);
  }

  /** The test of a name; one that is not supported refuses when it is reached. */
  public static Test named(String name, int line) {
    return switch (name) {
      case "defined" -> plain(name, value -> !(value instanceof Undefined));
      case "undefined" -> plain(name, Undefined.class::isInstance);
      case "none" -> plain(name, value -> value == null);
      case "boolean" -> plain(name, Boolean.class::isInstance);
      case "true" -> plain(name, Boolean.TRUE::equals);
      case "false" -> plain(name, Boolean.FALSE::equals);
      case "integer" -> plain(name, Long.class::isInstance);
      case "float" -> plain(name, Double.class::isInstance);
      case "number" -> plain(name, Arithmetic::isNumber);
      case "string" -> plain(name, String.class::isInstance);
      case "mapping" -> plain(name, Map.class::isInstance);
      case "sequence" ->
          plain(
              name,
              value ->
                  value instanceof List
                      || value instanceof Map
                      || value instanceof String
                      || value instanceof Undefined);
      case "iterable" ->
          plain(
              name,
              value ->
                  value instanceof List
                      || value instanceof Map
                      || value instanceof String
                      || value instanceof Lazy
                      || value instanceof Loop
                      || value instanceof Undefined);
      case "callable" ->
          plain(name, value -> value instanceof Callable || value instanceof Undefined);
      case "lower", "upper" ->
          (rendering, value, arguments) -> {
            arguments.require(name, 0, List.of());
            return TextMethods.is(Text.of(rendering.budget(), value), "is" + name);
          };
      case "even", "odd" ->
          (rendering, value, arguments) -> {
            arguments.require(name, 0, List.of());
            return isDivisible(rendering, value, 2L) == name.equals("even");
          };
      case "divisibleby" ->
          (rendering, value, arguments) ->
              isDivisible(
                  rendering, value, arguments.require(name, 1, List.of("num")).get(0, "num", 0L));
      case "eq", "equalto" -> comparison("==");
      case "ne" -> comparison("!=");
      case "lt", "lessthan" -> comparison("<");
      case "le" -> comparison("<=");
      case "gt", "greaterthan" -> comparison(">");
      case "ge" -> comparison(">=");
      case "in" -> comparison("in");
      case "sameas" ->
          (rendering, value, arguments) ->
              Values.same(
                  value, arguments.require(name, 1, List.of("other")).get(0, "other", null));
      default ->
          (rendering, value, arguments) -> {
            throw TemplateException.unsupported("the test '" + name + "'").at(line);
          };
    };
  }

  private static Test plain(String name, Plain test) {
    return (rendering, value, arguments) -> {
      arguments.require(name, 0, List.of());
      return test.holds(value);
    };
  }

  private static Test comparison(String operator) {
    return (rendering, value, arguments) ->
        Values.compare(
            rendering.budget(),
            operator,
            value,
            arguments.require(operator, 1, List.of("other")).get(0, "other", null));
  }

  private static boolean isDivisible(Rendering rendering, Object value, Object by) {
    return !Values.isTrue(Arithmetic.of(rendering.budget(), "%", value, by));
  }
}
