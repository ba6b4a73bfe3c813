/**
 * From the source of a template to its statements.
 *
 * <p>{@code Lexer} cuts the source into {@code Token}s and treats white space as Hugging Face's
 * settings do. {@link io.github.cola4j.data.jinja.parse.TemplateParser} parses tags, and {@code
 * ExpressionParser} the expressions within them, with Jinja2's precedences. Both bound the depth of
 * nesting, since a template may come from a file that is not trusted. Errors are {@link
 * io.github.cola4j.data.jinja.value.TemplateException}s with the line.
 */
package io.github.cola4j.data.jinja.parse;
