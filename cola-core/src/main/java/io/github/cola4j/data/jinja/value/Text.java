package io.github.cola4j.data.jinja.value;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Values as Python's {@code str} and {@code repr} write them. */
public final class Text {
  /** Steps of a float, whose digits are found by trying. */
  private static final int FLOAT = 100;

  private final Budget budget;
  private final StringBuilder text = new StringBuilder();

  public Text(Budget budget) {
    this.budget = budget;
  }

  /** A value as {@code {{ value }}} writes it. */
  public static String of(Budget budget, Object value) {
    return value instanceof String string ? string : new Text(budget).append(value).toString();
  }

  /** Appends a value as {@code str} does. */
  public Text append(Object value) {
    if (value instanceof String string) {
      add(string);
    } else if (!(value instanceof Undefined)) {
      represent(value);
    }
    return this;
  }

  private void add(String part) {
    budget.string(part.length());
    text.append(part);
  }

  private void represent(Object value) {
    if (value instanceof String string) {
      add(quoted(string));
    } else if (value == null) {
      add("None");
    } else if (value instanceof Boolean truth) {
      add(truth ? "True" : "False");
    } else if (value instanceof Double number) {
      budget.step(FLOAT);
      add(real(number));
    } else if (value instanceof Long || value instanceof Range) {
      add(value.toString());
    } else if (value instanceof List<?> list) {
      sequence(list, value instanceof Tuple);
    } else if (value instanceof Map<?, ?> map) {
      map(map);
    } else if (value instanceof Undefined) {
      add("Undefined");
    } else {
      // Python writes an address in memory, or the class
      throw TemplateException.unsupported("writing a " + Values.type(value));
    }
  }

  private void sequence(List<?> list, boolean tuple) {
    budget.enter();
    add(tuple ? "(" : "[");
    boolean first = true;
    for (Object item : list) {
      add(first ? "" : ", ");
      represent(item);
      first = false;
    }
    add(tuple ? list.size() == 1 ? ",)" : ")" : "]");
    budget.leave();
  }

  private void map(Map<?, ?> map) {
    budget.enter();
    add("{");
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      add(first ? "" : ", ");
      represent(entry.getKey());
      add(": ");
      represent(entry.getValue());
      first = false;
    }
    add("}");
    budget.leave();
  }

  /** Python's {@code repr} of a float. */
  public static String real(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal decimal = shortest(number).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = decimal.unscaledValue().abs().toString();
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /** The fewest digits that are read as the same number; Java 17's own are sometimes more. */
  private static BigDecimal shortest(double number) {
    BigDecimal exact = new BigDecimal(number);
    for (int digits = 1; digits < 17; digits++) {
      BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() == number) {
        return rounded;
      }
    }
    return exact.round(new MathContext(17, RoundingMode.HALF_EVEN));
  }

  private String quoted(String string) {
    budget.read(string.length());
    char quote = string.indexOf('\'') >= 0 && string.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder quoted = new StringBuilder().append(quote);
    string
        .codePoints()
        .forEach(
            c -> {
              if (c == quote || c == '\\') {
                quoted.append('\\').append((char) c);
              } else if (c == '\n') {
                quoted.append("\\n");
              } else if (c == '\r') {
                quoted.append("\\r");
              } else if (c == '\t') {
                quoted.append("\\t");
              } else if (isPrintable(c)) {
                quoted.appendCodePoint(c);
              } else {
                quoted.append(
                    c < 0x100
                        ? String.format("\\x%02x", c)
                        : c < 0x10000 ? String.format("\\u%04x", c) : String.format("\\U%08x", c));
              }
            });
    return quoted.append(quote).toString();
  }

  private static boolean isPrintable(int c) {
    if (c == ' ') {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  @Override
  public String toString() {
    return text.toString();
  }

  /** Order of code points, as Python compares. */
  public static int compare(String left, String right) {
    int size = Math.min(left.length(), right.length());
    for (int i = 0; i < size; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        // halves of characters above U+FFFF come after all others
        return Character.isSurrogate(a) != Character.isSurrogate(b)
            ? Character.isSurrogate(a) ? 1 : -1
            : Character.compare(a, b);
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
