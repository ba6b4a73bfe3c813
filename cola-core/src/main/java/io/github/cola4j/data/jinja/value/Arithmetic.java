package io.github.cola4j.data.jinja.value;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Python's operators of numbers, strings and lists. Integers have 64 bits; more is refused. */
public final class Arithmetic {
  private Arithmetic() {}

  public static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  public static boolean isNumber(Object value) {
    return isInteger(value) || value instanceof Double;
  }

  public static long integer(Object value) {
    return value instanceof Boolean truth ? (truth ? 1 : 0) : (Long) value;
  }

  public static double real(Object value) {
    return value instanceof Double number ? number : integer(value);
  }

  /** As {@code Comparator}; NaN, which equals nothing, is above all. */
  static int compare(Object left, Object right) {
    if (isInteger(left) && isInteger(right)) {
      return Long.compare(integer(left), integer(right));
    }
    double first = real(left);
    double second = real(right);
    if (Double.isInfinite(first) || Double.isInfinite(second) || Double.isNaN(first + second)) {
      return first < second ? -1 : first == second ? 0 : 1;
    }
    return decimal(left).compareTo(decimal(right));
  }

  private static BigDecimal decimal(Object value) {
    return isInteger(value) ? BigDecimal.valueOf(integer(value)) : new BigDecimal(real(value));
  }

  public static Object signed(String sign, Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!isNumber(value)) {
      throw new TemplateException("'" + sign + "' needs a number, got " + Values.type(value));
    }
    if (value instanceof Double number) {
      return sign.equals("-") ? -number : number;
    }
    return exact(() -> sign.equals("-") ? Math.negateExact(integer(value)) : integer(value));
  }

  private interface Exact {
    long get();
  }

  private static Long exact(Exact operation) {
    try {
      return operation.get();
    } catch (ArithmeticException e) {
      throw new TemplateException("a number has more than 64 bits");
    }
  }

  public static Object of(Budget budget, String operator, Object left, Object right) {
    budget.step(1);
    if (left instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (isNumber(left) && isNumber(right)) {
      return left instanceof Double || right instanceof Double || operator.equals("/")
          ? ofReals(operator, real(left), real(right))
          : ofIntegers(operator, integer(left), integer(right));
    }
    if (operator.equals("+")) {
      return sum(budget, left, right);
    }
    if (operator.equals("*") && isInteger(right)) {
      return repeated(budget, left, integer(right));
    }
    if (operator.equals("*") && isInteger(left)) {
      return repeated(budget, right, integer(left));
    }
    if (operator.equals("%") && left instanceof String) {
      throw TemplateException.unsupported("formatting a str with %");
    }
    throw mismatch(operator, left, right);
  }

  private static TemplateException mismatch(String operator, Object left, Object right) {
    return new TemplateException(
        String.format(
            "'%s' is not defined for %s and %s", operator, Values.type(left), Values.type(right)));
  }

  private static Object sum(Budget budget, Object left, Object right) {
    if (left instanceof String text && right instanceof String other) {
      budget.string((long) text.length() + other.length());
      return text + other;
    }
    if (left instanceof List<?> list
        && right instanceof List<?> other
        && !(left instanceof Range)
        && Values.type(left).equals(Values.type(right))) {
      budget.elements((long) list.size() + other.size());
      List<Object> all = new ArrayList<>(list);
      all.addAll(other);
      return left instanceof Tuple ? new Tuple(all) : all;
    }
    throw mismatch("+", left, right);
  }

  private static Object repeated(Budget budget, Object value, long times) {
    long number = Math.max(0, times);
    if (value instanceof String text) {
      budget.string(text.isEmpty() ? 0 : product(text.length(), number));
      return text.isEmpty() ? "" : text.repeat((int) number);
    }
    if (value instanceof List<?> list && !(value instanceof Range)) {
      budget.elements(list.isEmpty() ? 0 : product(list.size(), number));
      List<Object> all = new ArrayList<>();
      for (long i = 0; i < number && !list.isEmpty(); i++) {
        all.addAll(list);
      }
      return value instanceof Tuple ? new Tuple(all) : all;
    }
    throw mismatch("*", value, times);
  }

  /** A product that does not overflow; more than anything may have. */
  private static long product(long size, long times) {
    return times > Integer.MAX_VALUE ? Long.MAX_VALUE >> 8 : size * times;
  }

  private static Object ofIntegers(String operator, long left, long right) {
    return switch (operator) {
      case "+" -> exact(() -> Math.addExact(left, right));
      case "-" -> exact(() -> Math.subtractExact(left, right));
      case "*" -> exact(() -> Math.multiplyExact(left, right));
      case "//" -> {
        requireDivisor(right == 0);
        yield Math.floorDiv(left, right);
      }
      case "%" -> {
        requireDivisor(right == 0);
        yield Math.floorMod(left, right);
      }
      case "**" -> right < 0 ? (Object) Math.pow(left, right) : exact(() -> power(left, right));
      default -> throw new TemplateException("'" + operator + "' is no operator");
    };
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long rest = exponent; rest > 0; rest >>= 1) {
      if ((rest & 1) == 1) {
        result = Math.multiplyExact(result, square);
      }
      if (rest > 1) {
        square = Math.multiplyExact(square, square);
      }
    }
    return result;
  }

  private static void requireDivisor(boolean zero) {
    if (zero) {
      throw new TemplateException("division by zero");
    }
  }

  private static Object ofReals(String operator, double left, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> {
        requireDivisor(right == 0);
        yield left / right;
      }
      case "//" -> {
        requireDivisor(right == 0);
        yield Math.floor((left - modulo(left, right)) / right + 0.25);
      }
      case "%" -> {
        requireDivisor(right == 0);
        yield modulo(left, right);
      }
      case "**" -> Math.pow(left, right);
      default -> throw new TemplateException("'" + operator + "' is no operator");
    };
  }

  /** With the divisor's sign, as Python has it. */
  private static double modulo(double left, double right) {
    double remainder = left % right;
    return remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder;
  }
}
