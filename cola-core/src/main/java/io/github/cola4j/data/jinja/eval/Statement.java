package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.List;

/** A part of a template that is executed. */
public sealed interface Statement {

  /** How the statements after this one go on. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  Flow run(Rendering rendering);

  /** One after the other. */
  record Block(List<Statement> statements) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      for (Statement statement : statements) {
        rendering.budget().step(1);
        Flow flow = statement.run(rendering);
        if (flow != Flow.NEXT) {
          return flow;
        }
      }
      return Flow.NEXT;
    }
  }

  /** Text outside of tags. */
  record Data(String text) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      rendering.write(text);
      return Flow.NEXT;
    }
  }

  /** {@code {{ expression }}}. */
  record Output(Expression expression, int line) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      Object value = rendering.evaluateAt(line, expression);
      rendering.write(line, value);
      return Flow.NEXT;
    }
  }

  /**
   * {@code if}, {@code elif}, {@code else}: one body more than there are conditions, or as many.
   */
  record If(List<Expression> conditions, List<Block> bodies, int line) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      for (int i = 0; i < bodies.size(); i++) {
        if (i == conditions.size()
            || Values.isTrue(rendering.evaluateAt(line, conditions.get(i)))) {
          return rendering.run(bodies.get(i));
        }
      }
      return Flow.NEXT;
    }
  }

  /** {@code for … in … if …}, {@code else}; condition and otherwise may be null. */
  record For(
      Target target, Expression over, Expression condition, Block body, Block otherwise, int line)
      implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      List<Object> items =
          rendering.at(line, () -> Values.items(rendering.budget(), rendering.evaluate(over)));
      if (condition != null) {
        items = kept(rendering, items);
      }
      Loop loop = new Loop(items);
      boolean completed = false; // as Jinja2 has it: a break or continue in each round does not
      for (int i = 0; i < items.size(); i++) {
        loop.at(i);
        rendering.budget().step(1);
        Object item = items.get(i);
        Flow flow = rendering.inLoop(loop, line, target, item, body);
        completed |= flow == Flow.NEXT;
        if (flow == Flow.BREAK) {
          break;
        }
      }
      return !completed && otherwise != null ? rendering.scoped(otherwise) : Flow.NEXT;
    }

    private List<Object> kept(Rendering rendering, List<Object> items) {
      List<Object> kept = new ArrayList<>();
      rendering.budget().elements(items.size());
      for (Object item : items) {
        if (rendering.isKept(line, target, item, condition)) {
          kept.add(item);
        }
      }
      return kept;
    }
  }

  /** {@code set target = value}. */
  record Set(Target target, Expression value, int line) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      Object set = rendering.evaluateAt(line, value);
      rendering.at(line, () -> target.set(rendering, set));
      return Flow.NEXT;
    }
  }

  /**
   * {@code set target}…{@code endset}.
   *
   * @param value the filters of what the body writes, which is the variable {@value #WRITTEN}
   */
  record SetBlock(Target target, Expression value, Block body, int line) implements Statement {
    /** No template can name it. */
    public static final String WRITTEN = "what was written";

    @Override
    public Flow run(Rendering rendering) {
      String text = rendering.capture(() -> rendering.scoped(body));
      Object[] set = new Object[1];
      rendering.scoped(
          () -> {
            rendering.set(WRITTEN, text);
            set[0] = rendering.evaluateAt(line, value);
            return Flow.NEXT;
          });
      rendering.at(line, () -> target.set(rendering, set[0]));
      return Flow.NEXT;
    }
  }

  /** {@code with a = b}: variables of a body. */
  record With(List<Target> targets, List<Expression> values, Block body, int line)
      implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      List<Object> all = rendering.at(line, () -> rendering.evaluate(values));
      return rendering.scoped(
          () -> {
            for (int i = 0; i < targets.size(); i++) {
              targets.get(i).set(rendering, all.get(i));
            }
            return body.run(rendering);
          });
    }
  }

  /** {@code macro}. */
  record Define(MacroDefinition macro) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      rendering.set(macro.name(), rendering.macro(macro));
      return Flow.NEXT;
    }
  }

  /** {@code generation}: a mark for masks of answers, which writes its body. */
  record Generation(Block body) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      return rendering.scoped(body);
    }
  }

  /** {@code break}, {@code continue}. */
  record Jump(Flow flow) implements Statement {
    @Override
    public Flow run(Rendering rendering) {
      return flow;
    }
  }
}
