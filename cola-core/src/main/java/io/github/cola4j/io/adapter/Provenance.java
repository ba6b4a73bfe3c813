package io.github.cola4j.io.adapter;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.Serializable;

/**
 * What an adapter was trained with. The same job gives the same.
 *
 * @param version of CoLA4J; null where it is not packaged
 * @param seed of the training
 * @param data SHA-256 of the training examples, whatever their order
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Provenance(String version, Long seed, String data) implements Serializable {}
