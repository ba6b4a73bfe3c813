/**
 * Jinja2's language as chat templates use it, interpreted. Values are Java's {@code String}, {@code
 * Long}, {@code Double}, {@code Boolean}, {@code null} (none), {@code List}, {@code Map} and the
 * classes of this package; nothing of Java is looked up by name, and every operation pays from the
 * rendering's {@link io.github.cola4j.data.jinja.Budget}.
 */
package io.github.cola4j.data.jinja;
