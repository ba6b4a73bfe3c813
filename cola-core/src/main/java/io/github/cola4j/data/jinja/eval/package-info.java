/** Statements, expressions, filters, tests and methods, as Jinja2 evaluates them. */
package io.github.cola4j.data.jinja.eval;
