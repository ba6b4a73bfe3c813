/**
 * Adapters that scale rows or columns or add blocks of them: IA³, MiSS, SPP.
 *
 * <p>{@link io.github.cola4j.adapter.scaling.Ia3Method} learns a factor for each output, or for
 * each input of the modules that its options name. {@link
 * io.github.cola4j.adapter.scaling.MissMethod} adds one shared matrix to shards of the weight.
 * {@link io.github.cola4j.adapter.scaling.SppMethod} scales a weight element by element, by {@code
 * SppAdapter}, and so keeps the zeros of a pruned one. Each class has its formula, its shapes and
 * its paper; none depends on the others.
 */
package io.github.cola4j.adapter.scaling;
