package io.github.cola4j.dl4j;

import java.io.Serializable;

/**
 * An example of numbers.
 *
 * @param features the network's input, one after the other
 * @param label its class
 */
public record FeatureExample(float[] features, String label) implements Serializable {}
