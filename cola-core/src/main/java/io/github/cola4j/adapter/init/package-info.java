/**
 * Starting values of adapters: PiSSA extended to several factors, split PiSSA, Kaiming, and what a
 * quantised weight lacks.
 *
 * <p>An {@link io.github.cola4j.adapter.init.AdapterInitializer} gives the factors A_i [r × in] and
 * B_j [out × r] of one module from its frozen weight W [out × in] and a seed; {@link
 * io.github.cola4j.adapter.init.Initializers} has them by name. The PiSSA initialisers read the
 * leading singular triplets of W/s; {@link io.github.cola4j.adapter.init.KaimingInitializer} reads
 * none and leaves B zero; {@link io.github.cola4j.adapter.init.RemainderInitializer} takes what was
 * found when the model was quantised (LoftQ, QPiSSA). {@link
 * io.github.cola4j.adapter.init.RandomValues} draws numbers that are the same on every machine.
 */
package io.github.cola4j.adapter.init;
