package io.github.cola4j.data.jinja.value;

/** A value that a template can call: a function, method or macro. */
public interface Invocable {}
