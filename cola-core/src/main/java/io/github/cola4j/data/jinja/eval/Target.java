package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Values;
import java.util.List;

/** What a {@code set} or a loop gives a value. */
public sealed interface Target {
  /** Gives the value; returns it. */
  Object set(Rendering rendering, Object value);

  /** A variable. */
  record Variable(String name) implements Target {
    @Override
    public Object set(Rendering rendering, Object value) {
      rendering.set(name, value);
      return value;
    }
  }

  /** {@code namespace.attribute}. */
  record Attribute(String namespace, String name) implements Target {
    @Override
    public Object set(Rendering rendering, Object value) {
      if (rendering.lookup(namespace) instanceof Namespace changed) {
        rendering.budget().elements(1);
        changed.attributes().put(name, value);
        return value;
      }
      throw new TemplateException("cannot assign attribute on non-namespace object " + namespace);
    }
  }

  /** {@code a, b}. */
  record Several(List<Target> targets) implements Target {
    @Override
    public Object set(Rendering rendering, Object value) {
      List<Object> items = Values.items(rendering.budget(), value);
      if (items.size() != targets.size()) {
        throw new TemplateException(
            "expected " + targets.size() + " values to unpack, got " + items.size());
      }
      for (int i = 0; i < items.size(); i++) {
        targets.get(i).set(rendering, items.get(i));
      }
      return value;
    }
  }
}
