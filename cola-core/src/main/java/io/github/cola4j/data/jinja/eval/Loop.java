package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Undefined;
import io.github.cola4j.data.jinja.value.Values;
import java.util.ArrayList;
import java.util.List;

/** The variable {@code loop}. */
final class Loop {
  private final List<Object> items;
  private int index;
  private List<Object> last;

  Loop(List<Object> items) {
    this.items = items;
  }

  void at(int index) {
    this.index = index;
  }

  Object attribute(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> 1L; // only recursive loops count, which are refused
      case "depth0" -> 0L;
      case "previtem" ->
          index == 0 ? new Undefined("there is no previous item") : items.get(index - 1);
      case "nextitem" ->
          index == items.size() - 1 ? new Undefined("there is no next item") : items.get(index + 1);
      case "cycle" -> (Callable) (rendering, arguments) -> cycle(arguments.positional());
      case "changed" ->
          (Callable) (rendering, arguments) -> changed(rendering, arguments.positional());
      default -> throw TemplateException.unsupported("loop." + name);
    };
  }

  private Object cycle(List<Object> values) {
    if (values.isEmpty()) {
      throw new TemplateException("no items for cycling given");
    }
    return values.get(index % values.size());
  }

  private boolean changed(Rendering rendering, List<Object> values) {
    boolean same = last != null && Values.equal(rendering.budget(), last, values);
    last = new ArrayList<>(values);
    return !same;
  }
}
