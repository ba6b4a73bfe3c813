/**
 * Jinja2's language as chat templates use it, interpreted. Values are Java's {@code String}, {@code
 * Long}, {@code Double}, {@code Boolean}, {@code null} (none), {@code List}, {@code Map} and the
 * classes of {@link io.github.cola4j.data.jinja.value}; nothing of Java is looked up by name, and
 * every operation pays from the rendering's {@link io.github.cola4j.data.jinja.value.Budget}.
 *
 * <p>{@link io.github.cola4j.data.jinja.JinjaTemplate} is all that the rest of the project uses: it
 * parses a template once and renders it many times. {@link io.github.cola4j.data.jinja.parse} makes
 * statements and expressions of its source, {@link io.github.cola4j.data.jinja.eval} evaluates
 * them, {@link io.github.cola4j.data.jinja.value} has the values and what Python's operators do
 * with them. Dependencies point from parse to eval to value.
 */
package io.github.cola4j.data.jinja;
