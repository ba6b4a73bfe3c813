/**
 * A Deeplearning4j network adapted to other tasks.
 *
 * <p>{@link io.github.cola4j.examples.dl4j.Dl4jTransfer} trains a network on the domains of nouns
 * from many definitions, then gives it other classes with few examples, twice: with a new output
 * layer alone, and with CoLA adapters as well. {@code BagOfWords} turns input text into vectors of
 * unit length by hashed words. The data are the tasks of {@link io.github.cola4j.examples.wordnet}.
 */
package io.github.cola4j.examples.dl4j;
