package io.github.cola4j.data.jinja.eval;

import io.github.cola4j.data.jinja.value.Invocable;

/** What a call does. */
public interface Callable extends Invocable {
  Object call(Rendering rendering, CallArguments arguments);
}
