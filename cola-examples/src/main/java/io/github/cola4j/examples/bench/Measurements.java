package io.github.cola4j.examples.bench;

import java.util.List;

/**
 * What a benchmark prints as JSON.
 *
 * @param rows of its table
 */
record Measurements(List<?> rows) {}
