package io.github.cola4j.data.jinja.parse;

import io.github.cola4j.data.jinja.eval.Expression;
import io.github.cola4j.data.jinja.eval.Expression.Arguments;
import io.github.cola4j.data.jinja.eval.Filters;
import io.github.cola4j.data.jinja.eval.Globals;
import io.github.cola4j.data.jinja.eval.Tests;
import io.github.cola4j.data.jinja.parse.Token.Kind;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses expressions with Jinja2's precedences, which are not quite Python's. */
final class ExpressionParser {
  private static final int DEPTH = 60;

  /** Words that end an expression. */
  private static final Set<String> RESERVED =
      Set.of("if", "else", "and", "or", "not", "in", "is", "elif", "recursive");

  /** What a macro has only if it names them. */
  private static final Set<String> OF_MACROS = Set.of("varargs", "kwargs", "caller");

  private final List<Token> tokens;
  private int at;
  private int depth;

  ExpressionParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token token() {
    return tokens.get(at);
  }

  Token next() {
    Token token = token();
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  boolean accept(Kind kind, String text) {
    boolean found = token().is(kind, text);
    if (found) {
      next();
    }
    return found;
  }

  boolean operator(String text) {
    return accept(Kind.OPERATOR, text);
  }

  boolean word(String text) {
    return accept(Kind.NAME, text);
  }

  void expect(String text) {
    if (!operator(text)) {
      throw error("expected '" + text + "', got '" + token().text() + "'");
    }
  }

  String name() {
    if (token().kind() != Kind.NAME) {
      throw error("expected a name, got '" + token().text() + "'");
    }
    return next().text();
  }

  TemplateException error(String message) {
    return new TemplateException(message).at(token().line());
  }

  /** Counts levels, so that no input exhausts the stack. */
  void enter() {
    if (++depth > DEPTH) {
      throw error("it is nested more than " + DEPTH + " deep");
    }
  }

  void leave() {
    depth--;
  }

  /** An expression, with {@code if} and {@code else}. */
  Expression expression() {
    enter();
    Expression value = or();
    while (word("if")) {
      Expression condition = or();
      value = new Expression.Conditional(condition, value, word("else") ? expression() : null);
    }
    leave();
    return value;
  }

  /** An expression where {@code if} means something else, as in a loop's head. */
  Expression withoutCondition() {
    Expression first = or();
    return token().is(Kind.OPERATOR, ",") ? tuple(first) : first;
  }

  /** An expression, or several with commas, which are a tuple. */
  Expression expressions() {
    Expression first = expression();
    return token().is(Kind.OPERATOR, ",") ? tuple(first) : first;
  }

  private Expression tuple(Expression first) {
    List<Expression> items = new ArrayList<>(List.of(first));
    while (operator(",") && !endsTuple()) {
      items.add(expression());
    }
    return new Expression.Sequence(items, true);
  }

  private boolean endsTuple() {
    Token token = token();
    return token.kind() == Kind.TAG_END
        || token.kind() == Kind.OUTPUT_END
        || token.is(Kind.OPERATOR, ")");
  }

  private Expression or() {
    Expression left = and();
    while (word("or")) {
      left = new Expression.Logical(false, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (word("and")) {
      left = new Expression.Logical(true, left, not());
    }
    return left;
  }

  private Expression not() {
    if (!word("not")) {
      return comparison();
    }
    enter();
    Expression operand = not();
    leave();
    return new Expression.Not(operand);
  }

  private Expression comparison() {
    Expression first = sum();
    List<String> operators = new ArrayList<>();
    List<Expression> others = new ArrayList<>();
    while (true) {
      Token token = token();
      if (token.kind() == Kind.OPERATOR
          && Set.of("==", "!=", "<", "<=", ">", ">=").contains(token.text())) {
        operators.add(next().text());
      } else if (word("in")) {
        operators.add("in");
      } else if (token.is(Kind.NAME, "not") && tokens.get(at + 1).is(Kind.NAME, "in")) {
        next();
        next();
        operators.add("not in");
      } else {
        return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
      }
      others.add(sum());
    }
  }

  private Expression sum() {
    Expression left = concatenation();
    while (token().is(Kind.OPERATOR, "+") || token().is(Kind.OPERATOR, "-")) {
      left = new Expression.Binary(next().text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    Expression first = product();
    if (!token().is(Kind.OPERATOR, "~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (operator("~")) {
      parts.add(product());
    }
    return new Expression.Concatenation(parts);
  }

  private Expression product() {
    Expression left = power();
    while (token().kind() == Kind.OPERATOR
        && Set.of("*", "/", "//", "%").contains(token().text())) {
      left = new Expression.Binary(next().text(), left, power());
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (operator("**")) {
      left = new Expression.Binary("**", left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean filters) {
    Token token = token();
    Expression value;
    if (token.is(Kind.OPERATOR, "-") || token.is(Kind.OPERATOR, "+")) {
      next();
      enter();
      value = new Expression.Signed(token.text(), unary(false));
      leave();
    } else {
      value = primary();
    }
    value = postfix(value);
    return filters ? filters(value) : value;
  }

  private Expression primary() {
    Token token = next();
    return switch (token.kind()) {
      case NAME -> named(token);
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (token().kind() == Kind.STRING) {
          text.append(next().text());
        }
        yield new Expression.Constant(text.toString());
      }
      case INTEGER -> new Expression.Constant(integer(token));
      case FLOAT -> new Expression.Constant(Double.parseDouble(token.text().replace("_", "")));
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parentheses();
            case "[" -> new Expression.Sequence(list("]"), false);
            case "{" -> dict();
            default -> throw unexpected(token);
          };
      default -> throw unexpected(token);
    };
  }

  private static TemplateException unexpected(Token token) {
    return new TemplateException("'" + token.text() + "' is not expected").at(token.line());
  }

  private Expression named(Token token) {
    String name = token.text();
    if (RESERVED.contains(name)) {
      throw unexpected(token);
    }
    if (OF_MACROS.contains(name) || Globals.UNSUPPORTED.contains(name)) {
      throw TemplateException.unsupported(name).at(token.line());
    }
    return switch (name) {
      case "true", "True" -> new Expression.Constant(true);
      case "false", "False" -> new Expression.Constant(false);
      case "none", "None" -> new Expression.Constant(null);
      default -> new Expression.Name(name);
    };
  }

  private static Long integer(Token token) {
    String digits = token.text().replace("_", "");
    int radix =
        switch (digits.length() < 3 ? '1' : Character.toLowerCase(digits.charAt(1))) {
          case 'x' -> 16;
          case 'o' -> 8;
          case 'b' -> 2;
          default -> 10;
        };
    try {
      String number = radix == 10 ? digits : digits.substring(2);
      return new BigInteger(number.substring(0, Math.min(80, number.length())), radix)
          .longValueExact();
    } catch (ArithmeticException e) {
      throw new TemplateException("the number " + digits + " has more than 64 bits")
          .at(token.line());
    }
  }

  private Expression parentheses() {
    if (operator(")")) {
      return new Expression.Sequence(List.of(), true);
    }
    Expression value = expressions();
    expect(")");
    return value;
  }

  private List<Expression> list(String end) {
    List<Expression> items = new ArrayList<>();
    while (!operator(end)) {
      if (!items.isEmpty()) {
        expect(",");
        if (operator(end)) {
          break;
        }
      }
      items.add(expression());
    }
    return items;
  }

  private Expression dict() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!operator("}")) {
      if (!keys.isEmpty()) {
        expect(",");
        if (operator("}")) {
          break;
        }
      }
      keys.add(expression());
      expect(":");
      values.add(expression());
    }
    return new Expression.Dict(keys, values);
  }

  private Expression postfix(Expression base) {
    Expression value = base;
    while (true) {
      if (operator(".")) {
        Token token = next();
        value =
            switch (token.kind()) {
              case NAME -> new Expression.Attribute(value, token.text());
              case INTEGER -> new Expression.Item(value, new Expression.Constant(integer(token)));
              default -> throw unexpected(token);
            };
      } else if (operator("[")) {
        value = subscript(value);
      } else if (token().is(Kind.OPERATOR, "(")) {
        value = new Expression.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  private Expression subscript(Expression base) {
    Expression from = token().is(Kind.OPERATOR, ":") ? null : expression();
    if (operator("]")) {
      return new Expression.Item(base, from);
    }
    expect(":");
    Expression to = bound();
    Expression step = operator(":") ? bound() : null;
    expect("]");
    return new Expression.Slice(base, from, to, step);
  }

  private Expression bound() {
    boolean none = token().is(Kind.OPERATOR, ":") || token().is(Kind.OPERATOR, "]");
    return none ? null : expression();
  }

  private Arguments arguments() {
    expect("(");
    List<Expression> positional = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!operator(")")) {
      if (!positional.isEmpty() || !named.isEmpty()) {
        expect(",");
        if (operator(")")) {
          break;
        }
      }
      if (token().is(Kind.OPERATOR, "*") || token().is(Kind.OPERATOR, "**")) {
        throw TemplateException.unsupported("a call with * or **").at(token().line());
      }
      if (token().kind() == Kind.NAME && tokens.get(at + 1).is(Kind.OPERATOR, "=")) {
        String name = name();
        next();
        if (named.put(name, expression()) != null) {
          throw error("the argument " + name + " is given twice");
        }
      } else if (named.isEmpty()) {
        positional.add(expression());
      } else {
        throw error("a positional argument follows a named one");
      }
    }
    return new Arguments(positional, named);
  }

  /** Filters, tests and calls after an expression. */
  private Expression filters(Expression base) {
    Expression value = base;
    while (true) {
      if (token().is(Kind.OPERATOR, "|")) {
        value = filter(value);
      } else if (word("is")) {
        value = test(value);
      } else if (token().is(Kind.OPERATOR, "(")) {
        value = new Expression.Call(value, arguments());
      } else {
        return value;
      }
    }
  }

  /** {@code |filter}. */
  Expression filter(Expression base) {
    expect("|");
    int line = token().line();
    String name = name();
    Arguments arguments = token().is(Kind.OPERATOR, "(") ? arguments() : Arguments.NONE;
    return new Expression.Filtered(base, name, Filters.named(name, line), arguments);
  }

  private Expression test(Expression base) {
    boolean negated = word("not");
    int line = token().line();
    String name = name();
    Arguments arguments = Arguments.NONE;
    Token token = token();
    if (token.is(Kind.OPERATOR, "(")) {
      arguments = arguments();
    } else if (token.is(Kind.NAME, "is")) {
      throw error("tests with is cannot be chained");
    } else if (beginsArgument(token)) {
      arguments = new Arguments(List.of(postfix(primary())), Map.of());
    }
    Expression test = new Expression.Tested(base, name, Tests.named(name, line), arguments);
    return negated ? new Expression.Not(test) : test;
  }

  private static boolean beginsArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !Set.of("else", "or", "and", "if", "not", "in").contains(token.text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> Set.of("(", "[", "{").contains(token.text());
      default -> false;
    };
  }
}
