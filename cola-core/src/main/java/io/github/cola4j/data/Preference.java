package io.github.cola4j.data;

import java.io.Serializable;

/**
 * Two answers to the same, of which one is preferred. What comes before the answers is given and
 * not learnt.
 *
 * @param chosen ends in the preferred answer
 * @param rejected the same beginning with the other answer
 */
public record Preference(Dialogue chosen, Dialogue rejected) implements Serializable {}
