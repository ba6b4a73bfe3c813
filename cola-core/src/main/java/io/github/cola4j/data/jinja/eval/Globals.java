package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Range;
import io.github.cola4j.data.jinja.value.TemplateException;
import io.github.cola4j.data.jinja.value.Text;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Functions that every template has. */
public final class Globals {
  /** What Jinja2 has too. */
  public static final Set<String> UNSUPPORTED = Set.of("cycler", "joiner", "lipsum", "self");

  static final Map<String, Object> ALL =
      Map.of(
          "range", (Callable) Globals::range,
          "namespace", (Callable) (r, a) -> new Namespace(named("namespace", a)),
          "dict", (Callable) (r, a) -> new LinkedHashMap<Object, Object>(named("dict", a)),
          "raise_exception", (Callable) Globals::raise,
          "strftime_now", (Callable) Globals::strftimeNow);

  private Globals() {}

  private static Map<String, Object> named(String function, CallArguments arguments) {
    if (!arguments.positional().isEmpty()) {
      throw TemplateException.unsupported(function + " of a value without a name");
    }
    return new LinkedHashMap<>(arguments.named());
  }

  private static Object range(Rendering rendering, CallArguments arguments) {
    arguments.require("range", 1, List.of("start", "stop", "step"));
    if (!arguments.named().isEmpty()) {
      throw new TemplateException("range takes no named arguments");
    }
    long first = arguments.integer(0, "start", 0);
    return arguments.positional().size() == 1
        ? new Range(0, first, 1)
        : new Range(first, arguments.integer(1, "stop", 0), arguments.integer(2, "step", 1));
  }

  private static Object raise(Rendering rendering, CallArguments arguments) {
    arguments.require("raise_exception", 1, List.of("message"));
    throw new TemplateException.Raised(
        Text.of(rendering.budget(), arguments.get(0, "message", null)));
  }

  private static Object strftimeNow(Rendering rendering, CallArguments arguments) {
    arguments.require("strftime_now", 1, List.of("format"));
    String format = arguments.string(0, "format", "");
    rendering.budget().string(10L * format.length());
    return Strftime.format(rendering.now(), format);
  }
}
