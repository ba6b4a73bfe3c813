/** From the text of a template to its statements. */
package io.github.cola4j.data.jinja.parse;
