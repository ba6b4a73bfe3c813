/**
 * Values of a template and what they can do; each operation is counted against the {@link
 * io.github.cola4j.data.jinja.value.Budget}.
 */
package io.github.cola4j.data.jinja.value;
