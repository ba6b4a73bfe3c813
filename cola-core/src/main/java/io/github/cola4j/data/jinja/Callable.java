package io.github.cola4j.data.jinja;

/** A function, method or macro. */
interface Callable {
  Object call(Rendering rendering, CallArguments arguments);
}
