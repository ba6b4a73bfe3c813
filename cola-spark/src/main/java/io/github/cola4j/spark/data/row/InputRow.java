package io.github.cola4j.spark.data.row;

import java.io.Serializable;

/**
 * A row of the input as it was, and what it became: an example, or a bad row.
 *
 * @param <T> what examples are
 * @param example the example, or null
 * @param bad why there is none, or null
 * @param columns the row as a JSON object, all its columns; null where the row is malformed
 * @param file the file it is in
 * @param line as of {@link BadRow}
 */
public record InputRow<T extends Serializable>(
    T example, BadRow bad, String columns, String file, long line) implements Serializable {}
