package io.github.cola4j.data.jinja.eval;

/** A function, method or macro. */
public interface Callable {
  Object call(Rendering rendering, CallArguments arguments);
}
