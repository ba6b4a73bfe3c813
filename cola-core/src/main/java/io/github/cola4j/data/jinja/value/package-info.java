/**
 * Values of a template and what they can do; each operation is counted against the {@link
 * io.github.cola4j.data.jinja.value.Budget}.
 *
 * <p>{@link io.github.cola4j.data.jinja.value.Values} has truth, equality, order and element access
 * as Python defines them, {@link io.github.cola4j.data.jinja.value.Arithmetic} the operators,
 * {@link io.github.cola4j.data.jinja.value.Text} Python's {@code str} and {@code repr}. {@link
 * io.github.cola4j.data.jinja.value.Undefined}, {@link io.github.cola4j.data.jinja.value.Tuple},
 * {@link io.github.cola4j.data.jinja.value.Range} and {@link
 * io.github.cola4j.data.jinja.value.Lazy} are the values that Java has no class for. Steps and
 * memory are counted and not measured, so that the same template has the same cost on every
 * machine.
 */
package io.github.cola4j.data.jinja.value;
