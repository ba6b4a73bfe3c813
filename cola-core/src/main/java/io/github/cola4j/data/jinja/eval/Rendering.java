package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.eval.Statement.Flow;
import io.github.cola4j.data.jinja.value.Budget;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Text;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** One rendering: its variables, output and budget. */
public final class Rendering {
  private final Budget budget = new Budget();
  private final LocalDateTime now;
  private final int maxOutput;
  private Scope scope;
  private StringBuilder output = new StringBuilder();

  /** Variables of a block, before those around it. */
  private record Scope(Map<String, Object> variables, Scope around) {}

  public Rendering(Map<String, Object> variables, LocalDateTime now, int maxOutput) {
    this.now = now;
    this.maxOutput = maxOutput;
    scope = new Scope(Globals.ALL, null);
    scope = new Scope(new HashMap<>(variables), scope);
  }

  Budget budget() {
    return budget;
  }

  LocalDateTime now() {
    return now;
  }

  public String output() {
    return output.toString();
  }

  Object lookup(String name) {
    for (Scope s = scope; s != null; s = s.around) {
      budget.step(1);
      Object value = s.variables.get(name);
      if (value != null || s.variables.containsKey(name)) {
        return value;
      }
    }
    return Undefined.name(name);
  }

  void set(String name, Object value) {
    scope.variables.put(name, value);
  }

  Object evaluate(Expression expression) {
    budget.enter();
    Object value = expression.value(this);
    budget.leave();
    return value;
  }

  List<Object> evaluate(List<Expression> expressions) {
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(evaluate(expression));
    }
    return values;
  }

  Object evaluateAt(int line, Expression expression) {
    return at(line, () -> evaluate(expression));
  }

  /** What an action gives; its errors name the line. */
  <T> T at(int line, Supplier<T> action) {
    try {
      return action.get();
    } catch (TemplateException e) {
      throw e.at(line);
    }
  }

  public Flow run(Statement statement) {
    budget.enter();
    Flow flow = statement.run(this);
    budget.leave();
    return flow;
  }

  void write(String text) {
    budget.string(text.length());
    if (output.length() + (long) text.length() > maxOutput) {
      throw new TemplateException("it writes more than " + maxOutput + " characters");
    }
    output.append(text);
  }

  void write(int line, Object value) {
    at(
        line,
        () -> {
          write(Text.of(budget, value));
          return null;
        });
  }

  /** What an action writes. */
  String capture(Runnable action) {
    StringBuilder before = output;
    output = new StringBuilder();
    action.run();
    String text = output.toString();
    output = before;
    budget.string(text.length());
    return text;
  }

  /** Runs with variables of its own. */
  Flow scoped(Statement statement) {
    return scoped(() -> run(statement));
  }

  Flow scoped(Supplier<Flow> action) {
    return within(new Scope(new HashMap<>(), scope), action);
  }

  private <T> T within(Scope inner, Supplier<T> action) {
    Scope before = scope;
    scope = inner;
    budget.enter();
    T value = action.get();
    budget.leave();
    scope = before;
    return value;
  }

  /** One round of a loop. */
  Flow inLoop(Loop loop, int line, Target target, Object item, Statement body) {
    return scoped(
        () -> {
          at(line, () -> target.set(this, item));
          set("loop", loop);
          return run(body);
        });
  }

  /** Whether a loop's condition keeps an item. */
  boolean isKept(int line, Target target, Object item, Expression condition) {
    return within(
        new Scope(new HashMap<>(), scope),
        () -> {
          at(line, () -> target.set(this, item));
          return Values.isTrue(evaluateAt(line, condition));
        });
  }

  /** A macro that sees the variables around its definition. */
  Callable macro(MacroDefinition macro) {
    Scope definition = scope;
    return (rendering, arguments) -> {
      arguments.require("the macro " + macro.name(), 0, macro.parameters());
      Map<String, Object> variables = new HashMap<>();
      return within(
          new Scope(variables, definition),
          () ->
              capture(
                  () -> {
                    bind(macro, arguments, variables);
                    run(macro.body());
                  }));
    };
  }

  private void bind(MacroDefinition macro, CallArguments arguments, Map<String, Object> variables) {
    int first = macro.parameters().size() - macro.defaults().size();
    for (int i = 0; i < macro.parameters().size(); i++) {
      String name = macro.parameters().get(i);
      Object value;
      if (arguments.has(i, name)) {
        value = arguments.get(i, name, null);
      } else if (i >= first) {
        value = evaluate(macro.defaults().get(i - first));
      } else {
        value = new Undefined("parameter '" + name + "' was not provided");
      }
      variables.put(name, value);
    }
  }
}
