package io.github.cola4j.adapter;

import java.util.List;

/**
 * Offers methods of adapting. {@link java.util.ServiceLoader} finds it: a class with a public
 * constructor of no arguments, and its name in {@code
 * META-INF/services/io.github.cola4j.adapter.MethodProvider} of the same jar. A single method is
 * its own provider; a class that is several methods by its presets has a provider of its own.
 */
public interface MethodProvider {

  /** The methods, in the order in which they are listed. */
  List<AdapterMethod> methods();
}
