package io.github.cola4j.data.jinja.parse;

import io.github.cola4j.data.jinja.eval.Expression;
import io.github.cola4j.data.jinja.eval.MacroDefinition;
import io.github.cola4j.data.jinja.eval.Statement;
import io.github.cola4j.data.jinja.eval.Statement.Block;
import io.github.cola4j.data.jinja.eval.Statement.Flow;
import io.github.cola4j.data.jinja.eval.Target;
import io.github.cola4j.data.jinja.parse.Token.Kind;
import io.github.cola4j.data.jinja.value.TemplateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template's tags. */
public final class TemplateParser {
  private static final Set<String> RESERVED =
      Set.of(
          "true", "false", "none", "True", "False", "None", "loop", "and", "or", "not", "in", "is",
          "if", "else");

  private final ExpressionParser expressions;
  private int loops;

  private TemplateParser(String source) {
    expressions = new ExpressionParser(Lexer.tokens(source));
  }

  public static Block parse(String source) {
    TemplateParser parser = new TemplateParser(source);
    Block block = parser.block(Set.of());
    if (parser.token().kind() != Kind.END) {
      throw parser.expressions.error("the tag '" + parser.token().text() + "' is not expected");
    }
    return block;
  }

  private Token token() {
    return expressions.token();
  }

  /** Statements up to a tag of one of the names, or the end; that tag's name comes next. */
  private Block block(Set<String> ends) {
    expressions.enter();
    List<Statement> statements = new ArrayList<>();
    while (true) {
      Token token = expressions.next();
      switch (token.kind()) {
        case DATA -> statements.add(new Statement.Data(token.text()));
        case OUTPUT_BEGIN -> {
          statements.add(new Statement.Output(expressions.expressions(), token.line()));
          close(Kind.OUTPUT_END);
        }
        case TAG_BEGIN -> {
          if (token().kind() == Kind.NAME && ends.contains(token().text())) {
            expressions.leave();
            return new Block(statements);
          }
          statements.add(tag(token.line()));
        }
        default -> {
          if (!ends.isEmpty()) {
            throw expressions.error(
                "expected a tag " + String.join(" or ", ends) + ", got the end of the template");
          }
          expressions.leave();
          return new Block(statements);
        }
      }
    }
  }

  private void close(Kind kind) {
    if (token().kind() != kind) {
      throw expressions.error("'" + token().text() + "' is not expected");
    }
    expressions.next();
  }

  /** A tag's body, up to its end. */
  private Block body(String end) {
    close(Kind.TAG_END);
    Block body = block(Set.of(end));
    expressions.next();
    close(Kind.TAG_END);
    return body;
  }

  private Statement tag(int line) {
    String name = expressions.name();
    return switch (name) {
      case "if" -> condition(line);
      case "for" -> loop(line);
      case "set" -> set(line);
      case "with" -> with(line);
      case "macro" -> macro();
      case "generation" -> new Statement.Generation(body("endgeneration"));
      case "break", "continue" -> {
        if (loops == 0) {
          throw expressions.error("'" + name + "' is outside of a loop");
        }
        close(Kind.TAG_END);
        yield new Statement.Jump(name.equals("break") ? Flow.BREAK : Flow.CONTINUE);
      }
      default -> throw TemplateException.unsupported("the tag '" + name + "'").at(line);
    };
  }

  private Statement condition(int line) {
    List<Expression> conditions = new ArrayList<>();
    List<Block> bodies = new ArrayList<>();
    conditions.add(expressions.expressions());
    while (true) {
      close(Kind.TAG_END);
      bodies.add(block(Set.of("elif", "else", "endif")));
      String next = expressions.next().text();
      if (next.equals("elif")) {
        conditions.add(expressions.expressions());
      } else if (next.equals("else")) {
        bodies.add(body("endif"));
        return new Statement.If(conditions, bodies, line);
      } else {
        close(Kind.TAG_END);
        return new Statement.If(conditions, bodies, line);
      }
    }
  }

  private Statement loop(int line) {
    Target target = targets();
    if (!expressions.word("in")) {
      throw expressions.error("expected 'in', got '" + token().text() + "'");
    }
    Expression over = expressions.withoutCondition();
    Expression condition = expressions.word("if") ? expressions.expression() : null;
    if (token().is(Kind.NAME, "recursive")) {
      throw TemplateException.unsupported("a recursive loop").at(line);
    }
    close(Kind.TAG_END);
    loops++;
    Block body = block(Set.of("else", "endfor"));
    loops--;
    Block otherwise = null;
    if (expressions.next().text().equals("else")) {
      otherwise = body("endfor");
    } else {
      close(Kind.TAG_END);
    }
    return new Statement.For(target, over, condition, body, otherwise, line);
  }

  private Target targets() {
    boolean parentheses = expressions.operator("(");
    List<Target> targets = new ArrayList<>();
    do {
      targets.add(variable());
    } while (expressions.operator(","));
    if (parentheses) {
      expressions.expect(")");
    }
    return targets.size() == 1 ? targets.get(0) : new Target.Several(targets);
  }

  private Target.Variable variable() {
    String name = expressions.name();
    if (RESERVED.contains(name)) {
      throw expressions.error("'" + name + "' cannot be set");
    }
    return new Target.Variable(name);
  }

  private Statement set(int line) {
    Target target = targets();
    if (target instanceof Target.Variable variable && expressions.operator(".")) {
      target = new Target.Attribute(variable.name(), expressions.name());
    }
    if (expressions.operator("=")) {
      Expression value = expressions.expressions();
      close(Kind.TAG_END);
      return new Statement.Set(target, value, line);
    }
    Expression value = new Expression.Name(Statement.SetBlock.WRITTEN);
    while (token().is(Kind.OPERATOR, "|")) {
      value = expressions.filter(value);
    }
    return new Statement.SetBlock(target, value, body("endset"), line);
  }

  private Statement with(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (token().kind() != Kind.TAG_END) {
      if (!targets.isEmpty()) {
        expressions.expect(",");
      }
      targets.add(variable());
      expressions.expect("=");
      values.add(expressions.expression());
    }
    return new Statement.With(targets, values, body("endwith"), line);
  }

  private Statement macro() {
    String name = expressions.name();
    expressions.expect("(");
    List<String> parameters = new ArrayList<>();
    List<Expression> defaults = new ArrayList<>();
    while (!expressions.operator(")")) {
      if (!parameters.isEmpty()) {
        expressions.expect(",");
      }
      parameters.add(variable().name());
      if (expressions.operator("=")) {
        defaults.add(expressions.expression());
      } else if (!defaults.isEmpty()) {
        throw expressions.error("a parameter without a default follows one with");
      }
    }
    int around = loops;
    loops = 0;
    Block body = body("endmacro");
    loops = around;
    return new Statement.Define(new MacroDefinition(name, parameters, defaults, body));
  }
}
