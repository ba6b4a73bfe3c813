package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Arithmetic;
import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.Lazy;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Text;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Jinja2's filters, {@code value|name}. */
public final class Filters {
  private static final String TITLE_BORDERS = "-({[<";
  private static final int LONGEST_NUMBER = 100;
  private static final Pattern NUMBER =
      Pattern.compile(
          "[+-]?+(?:[0-9]++(?:_[0-9]++)*+\\.?+[0-9]*+|\\.[0-9]++)(?:[eE][+-]?+[0-9]{1,3}+)?+");
  private static final Pattern OTHER_NUMBER = Pattern.compile("[+-]?(?i:inf|infinity|nan)");

  private Filters() {}

  /** A filter. */
  interface Filter {
    Object apply(Rendering rendering, Object value, CallArguments arguments);
  }

  /** The filter of a name; one that is not supported refuses when it is reached. */
  public static Filter named(String name, int line) {
    return switch (name) {
      case "trim" ->
          text(
              name,
              List.of("chars"),
              (budget, text, a) -> {
                budget.string(text.length());
                return TextMethods.strip(text, a.string(0, "chars", null));
              });
      case "upper", "lower", "capitalize" ->
          text(name, List.of(), (budget, text, a) -> TextMethods.cased(budget, text, name));
      case "title" -> text(name, List.of(), (budget, text, a) -> titled(budget, text));
      case "string" -> text(name, List.of(), (budget, text, a) -> text);
      case "safe" -> text(name, List.of(), (budget, text, a) -> text); // nothing is escaped
      case "replace" ->
          text(
              name,
              List.of("old", "new", "count"),
              (budget, text, a) -> {
                a.require(name, 2, List.of("old", "new", "count"));
                return TextMethods.replaced(
                    budget,
                    text,
                    Text.of(budget, a.get(0, "old", null)),
                    Text.of(budget, a.get(1, "new", null)),
                    a.get(2, "count", null) == null ? -1 : a.integer(2, "count", -1));
              });
      case "indent" -> text(name, List.of("width", "first", "blank"), Filters::indented);
      case "default", "d" ->
          (rendering, value, a) -> {
            a.require(name, 0, List.of("default_value", "boolean"));
            boolean missing =
                value instanceof Undefined
                    || (a.flag(1, "boolean", false) && !Values.isTrue(value));
            return missing ? a.get(0, "default_value", "") : value;
          };
      case "length", "count" ->
          (rendering, value, a) -> {
            a.require(name, 0, List.of());
            return Values.length(rendering.budget(), value);
          };
      case "first", "last" -> (rendering, value, a) -> end(rendering.budget(), value, name, a);
      case "list" ->
          (rendering, value, a) -> {
            a.require(name, 0, List.of());
            List<Object> items = Values.items(rendering.budget(), value);
            rendering.budget().elements(items.size());
            return new ArrayList<>(items);
          };
      case "reverse" -> (rendering, value, a) -> reversed(rendering.budget(), value, a);
      case "join" -> (rendering, value, a) -> joined(rendering.budget(), value, a);
      case "items" ->
          (rendering, value, a) -> {
            a.require(name, 0, List.of());
            if (value instanceof Map<?, ?> map) {
              return Lazy.generator(ContainerMethods.items(rendering.budget(), map));
            }
            if (value instanceof Undefined) {
              return Lazy.generator(List.of());
            }
            throw new TemplateException("items needs a dict, got a " + Values.type(value));
          };
      case "tojson" -> (rendering, value, a) -> Json.of(rendering.budget(), value, a);
      case "int", "float" -> (rendering, value, a) -> number(rendering.budget(), name, value, a);
      case "abs" ->
          (rendering, value, a) -> {
            a.require(name, 0, List.of());
            boolean negative = Values.order(rendering.budget(), "<", value, 0L) < 0;
            return Arithmetic.signed(negative ? "-" : "+", value);
          };
      case "round" -> (rendering, value, a) -> rounded(rendering.budget(), value, a);
      case "map" -> ItemFilters::map;
      case "select", "reject", "selectattr", "rejectattr" ->
          (rendering, value, a) -> ItemFilters.selected(rendering, name, value, a);
      case "sort", "unique", "min", "max", "sum", "dictsort" ->
          (rendering, value, a) -> ItemFilters.ordered(rendering, name, value, a);
      default ->
          (rendering, value, a) -> {
            throw TemplateException.unsupported("the filter '" + name + "'").at(line);
          };
    };
  }

  private interface OfText {
    Object apply(Budget budget, String text, CallArguments arguments);
  }

  private static Filter text(String name, List<String> parameters, OfText filter) {
    return (rendering, value, arguments) -> {
      arguments.require(name, 0, parameters);
      return filter.apply(rendering.budget(), Text.of(rendering.budget(), value), arguments);
    };
  }

  private static String titled(Budget budget, String text) {
    budget.string(2L * text.length());
    StringBuilder result = new StringBuilder();
    boolean start = true;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      String character = Character.toString(c);
      boolean border = TextMethods.isSpace(c) || TITLE_BORDERS.indexOf(c) >= 0;
      result.append(
          start && !border
              ? character.toUpperCase(Locale.ROOT)
              : character.toLowerCase(Locale.ROOT));
      start = border;
      i += Character.charCount(c);
    }
    return result.toString();
  }

  private static String indented(Budget budget, String text, CallArguments arguments) {
    Object by = arguments.get(0, "width", 4L);
    String indent =
        by instanceof String given
            ? given
            : (String) Arithmetic.of(budget, "*", " ", arguments.integer(0, "width", 4));
    boolean blank = arguments.flag(2, "blank", false);
    List<String> lines = TextMethods.lines(budget, text + "\n", false);
    budget.string(text.length() + (long) lines.size() * (indent.length() + 1L));
    StringBuilder result = new StringBuilder(arguments.flag(1, "first", false) ? indent : "");
    for (int i = 0; i < lines.size(); i++) {
      boolean indents = i > 0 && (blank || !lines.get(i).isEmpty());
      result.append(i > 0 ? "\n" : "").append(indents ? indent : "").append(lines.get(i));
    }
    return result.toString();
  }

  private static Object end(Budget budget, Object value, String which, CallArguments arguments) {
    arguments.require(which, 0, List.of());
    boolean reversible = value instanceof String || value instanceof List || value instanceof Map;
    if (which.equals("last") && !reversible && !(value instanceof Lazy lazy && lazy.isView())) {
      throw new TemplateException("a " + Values.type(value) + " has no last item");
    }
    List<Object> items = Values.items(budget, value);
    if (items.isEmpty()) {
      return new Undefined("no " + which + " item, sequence was empty");
    }
    return items.get(which.equals("first") ? 0 : items.size() - 1);
  }

  private static Object reversed(Budget budget, Object value, CallArguments arguments) {
    arguments.require("reverse", 0, List.of());
    if (value instanceof String text) {
      budget.string(text.length());
      StringBuilder result = new StringBuilder();
      int[] characters = text.codePoints().toArray();
      for (int i = characters.length - 1; i >= 0; i--) {
        result.appendCodePoint(characters[i]);
      }
      return result.toString();
    }
    List<Object> items = new ArrayList<>(Values.items(budget, value));
    budget.elements(items.size());
    Collections.reverse(items);
    return Lazy.generator(items);
  }

  private static String joined(Budget budget, Object value, CallArguments arguments) {
    arguments.require("join", 0, List.of("d", "attribute"));
    Object separator = arguments.get(0, "d", "");
    Object attribute = arguments.get(1, "attribute", null);
    Text text = new Text(budget);
    boolean first = true;
    for (Object item : Values.items(budget, value)) {
      if (!first) {
        text.append(separator);
      }
      text.append(attribute == null ? item : ItemFilters.attribute(budget, item, attribute, null));
      first = false;
    }
    return text.toString();
  }

  private static Object number(Budget budget, String type, Object value, CallArguments arguments) {
    boolean integer = type.equals("int");
    arguments.require(type, 0, integer ? List.of("default", "base") : List.of("default"));
    if (integer && arguments.integer(1, "base", 10) != 10) {
      throw TemplateException.unsupported("the filter int with a base");
    }
    if (Arithmetic.isNumber(value)) {
      return integer ? whole(Arithmetic.real(value), value) : (Object) Arithmetic.real(value);
    }
    Object otherwise = arguments.get(0, "default", integer ? (Object) 0L : (Object) 0.0);
    if (!(value instanceof String text)) {
      return otherwise;
    }
    budget.read(text.length());
    String digits = TextMethods.strip(text, null);
    if (digits.length() > LONGEST_NUMBER || OTHER_NUMBER.matcher(digits).matches()) {
      throw TemplateException.unsupported("the filter " + type + " of '" + shown(digits) + "'");
    }
    if (!NUMBER.matcher(digits).matches()) {
      return otherwise;
    }
    BigDecimal number = new BigDecimal(digits.replace("_", ""));
    if (!integer) {
      return number.doubleValue();
    }
    return digits.chars().allMatch(c -> ".eE".indexOf(c) < 0)
        ? (Object) exact(number)
        : whole(number.doubleValue(), null);
  }

  private static long exact(BigDecimal number) {
    try {
      return number.longValueExact();
    } catch (ArithmeticException e) {
      throw new TemplateException("a number has more than 64 bits");
    }
  }

  private static String shown(String text) {
    return text.substring(0, Math.min(20, text.length()));
  }

  private static Object whole(double number, Object value) {
    if (Arithmetic.isInteger(value)) {
      return Arithmetic.integer(value);
    }
    if (!(Math.abs(number) < 9e18)) {
      throw new TemplateException("a number has more than 64 bits");
    }
    return (long) number;
  }

  private static Object rounded(Budget budget, Object value, CallArguments arguments) {
    arguments.require("round", 0, List.of("precision", "method"));
    int precision = (int) Math.max(-30, Math.min(30, arguments.integer(0, "precision", 0)));
    String method = arguments.string(1, "method", "common");
    if (!Arithmetic.isNumber(value)) {
      throw new TemplateException("round needs a number, got a " + Values.type(value));
    }
    if (Arithmetic.isInteger(value) && method.equals("common") && precision >= 0) {
      return Arithmetic.integer(value);
    }
    double number = Arithmetic.real(value);
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return number;
    }
    double scale = Math.pow(10, precision);
    return switch (method) {
      case "common" ->
          new BigDecimal(number).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
      case "ceil" -> Math.ceil(number * scale) / scale;
      case "floor" -> Math.floor(number * scale) / scale;
      default -> throw new TemplateException("method must be common, ceil or floor");
    };
  }
}
