/** How a location becomes a frozen model: loaders that jars offer, each for one form of storage. */
package io.github.cola4j.model.loader;
