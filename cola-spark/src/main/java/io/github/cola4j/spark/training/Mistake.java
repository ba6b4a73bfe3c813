package io.github.cola4j.spark.training;

import java.io.Serializable;

/**
 * An example that a classifier got wrong.
 *
 * @param text as the model saw it: of its tokens
 * @param pair the second text likewise; null if there is none
 * @param label the example's class
 * @param answer the classifier's
 * @param probability that the classifier gave it
 */
public record Mistake(String text, String pair, String label, String answer, double probability)
    implements Serializable {}
