/**
 * Statements, expressions, filters, tests and methods, as Jinja2 evaluates them.
 *
 * <p>A {@link io.github.cola4j.data.jinja.eval.Statement} writes to a {@link
 * io.github.cola4j.data.jinja.eval.Rendering}, an {@link
 * io.github.cola4j.data.jinja.eval.Expression} has a value in one; the rendering holds variables,
 * output and budget. Names that a template may call are listed in {@link
 * io.github.cola4j.data.jinja.eval.Filters}, {@link io.github.cola4j.data.jinja.eval.Tests}, {@link
 * io.github.cola4j.data.jinja.eval.Globals} and {@link
 * io.github.cola4j.data.jinja.eval.TextMethods}; any other name is refused. {@code CallArguments}
 * makes sure that every argument of a call is used.
 */
package io.github.cola4j.data.jinja.eval;
