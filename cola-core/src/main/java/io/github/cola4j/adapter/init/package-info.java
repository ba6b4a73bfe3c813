/** Starting values of adapters: PiSSA extended to several factors, split PiSSA, Kaiming. */
package io.github.cola4j.adapter.init;
