package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Arithmetic;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Text;
import io.github.cola4j.data.jinja.value.Tuple;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A part of a template that has a value. */
public sealed interface Expression {

  /** The value, whose parts are evaluated by {@link Rendering#evaluate}, which counts. */
  Object value(Rendering rendering);

  /** A literal. */
  record Constant(Object constant) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return constant;
    }
  }

  /** A variable. */
  record Name(String name) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return rendering.lookup(name);
    }
  }

  /** {@code [a, b]}, or {@code (a, b)}. */
  record Sequence(List<Expression> items, boolean tuple) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      rendering.budget().elements(items.size());
      List<Object> values = rendering.evaluate(items);
      return tuple ? new Tuple(values) : values;
    }
  }

  /** {@code {a: b}}. */
  record Dict(List<Expression> keys, List<Expression> values) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      rendering.budget().elements(keys.size());
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        map.put(Values.key(rendering.evaluate(keys.get(i))), rendering.evaluate(values.get(i)));
      }
      return map;
    }
  }

  /** {@code base.name}. */
  record Attribute(Expression base, String name) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return Lookup.attribute(rendering.evaluate(base), name);
    }
  }

  /** {@code base[key]}. */
  record Item(Expression base, Expression key) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object of = rendering.evaluate(base);
      return Lookup.item(rendering.budget(), of, rendering.evaluate(key));
    }
  }

  /** {@code base[from:to:step]}; what is left out is null. */
  record Slice(Expression base, Expression from, Expression to, Expression step)
      implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return Lookup.slice(
          rendering.budget(),
          rendering.evaluate(base),
          bound(rendering, from),
          bound(rendering, to),
          bound(rendering, step));
    }

    private static Object bound(Rendering rendering, Expression bound) {
      return bound == null ? null : rendering.evaluate(bound);
    }
  }

  /** What is in the parentheses of a call. */
  record Arguments(List<Expression> positional, Map<String, Expression> named) {
    public static final Arguments NONE = new Arguments(List.of(), Map.of());

    CallArguments values(Rendering rendering) {
      Map<String, Object> values = new LinkedHashMap<>();
      named.forEach((name, value) -> values.put(name, rendering.evaluate(value)));
      return new CallArguments(rendering.evaluate(positional), values);
    }
  }

  /** {@code function(arguments)}. */
  record Call(Expression function, Arguments arguments) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object called = rendering.evaluate(function);
      if (called instanceof Undefined undefined) {
        throw undefined.error();
      }
      if (called instanceof Callable callable) {
        return callable.call(rendering, arguments.values(rendering));
      }
      throw new TemplateException("a " + Values.type(called) + " cannot be called");
    }
  }

  /** {@code base|name(arguments)}. */
  record Filtered(Expression base, String name, Filters.Filter filter, Arguments arguments)
      implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object of = rendering.evaluate(base);
      return filter.apply(rendering, of, arguments.values(rendering));
    }
  }

  /** {@code base is name(arguments)}. */
  record Tested(Expression base, String name, Tests.Test test, Arguments arguments)
      implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object of = rendering.evaluate(base);
      return test.holds(rendering, of, arguments.values(rendering));
    }
  }

  /** {@code left operator right}. */
  record Binary(String operator, Expression left, Expression right) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object first = rendering.evaluate(left);
      return Arithmetic.of(rendering.budget(), operator, first, rendering.evaluate(right));
    }
  }

  /** {@code -operand}, {@code +operand}. */
  record Signed(String sign, Expression operand) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return Arithmetic.signed(sign, rendering.evaluate(operand));
    }
  }

  /** {@code a ~ b ~ c}. */
  record Concatenation(List<Expression> parts) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Text text = new Text(rendering.budget());
      for (Expression part : parts) {
        text.append(rendering.evaluate(part));
      }
      return text.toString();
    }
  }

  /** {@code left and right}, or {@code left or right}: one of the values. */
  record Logical(boolean and, Expression left, Expression right) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object first = rendering.evaluate(left);
      return Values.isTrue(first) == and ? rendering.evaluate(right) : first;
    }
  }

  /** {@code not operand}. */
  record Not(Expression operand) implements Expression {
    @Override
    public Object value(Rendering rendering) {
      return !Values.isTrue(rendering.evaluate(operand));
    }
  }

  /** {@code first < second <= third}: each with the next. */
  record Comparison(Expression first, List<String> operators, List<Expression> others)
      implements Expression {
    @Override
    public Object value(Rendering rendering) {
      Object left = rendering.evaluate(first);
      for (int i = 0; i < operators.size(); i++) {
        Object right = rendering.evaluate(others.get(i));
        if (!Values.compare(rendering.budget(), operators.get(i), left, right)) {
          return false;
        }
        left = right;
      }
      return true;
    }
  }

  /** {@code then if condition else otherwise}; null gives an undefined value. */
  record Conditional(Expression condition, Expression then, Expression otherwise)
      implements Expression {
    @Override
    public Object value(Rendering rendering) {
      if (Values.isTrue(rendering.evaluate(condition))) {
        return rendering.evaluate(then);
      }
      return otherwise == null
          ? new Undefined("an inline if was false, and has no else")
          : rendering.evaluate(otherwise);
    }
  }
}
