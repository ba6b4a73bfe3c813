package io.github.cola4j.spark.cli.output;

import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.output.OutputLines;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/** A place for predictions, which are there completely or not at all. */
public interface PredictionOutput {
  /**
   * Refuses a place where nothing can go, before a session is there.
   *
   * @param data what is read; the output may not be among it
   * @param adapter the folder of the adapter, or of several
   * @throws io.github.cola4j.spark.job.spec.InvalidJobException saying why
   */
  void requireFree(List<String> data, String adapter);

  /**
   * Takes the place.
   *
   * @throws io.github.cola4j.spark.job.spec.InvalidJobException if another run has it, or nothing
   *     can be written there
   */
  Claimed claim();

  /** The place while this process alone writes it. */
  interface Claimed extends AutoCloseable {
    /**
     * Refuses what this session cannot write.
     *
     * @throws io.github.cola4j.spark.job.spec.InvalidJobException saying why
     */
    default void require(SparkSession spark) {}

    /**
     * Writes a row for each line.
     *
     * @param types of the rows' columns, as far as their tables have them
     */
    void write(SparkSession spark, OutputLines lines, Map<String, DataType> types)
        throws IOException;

    /**
     * Keeps bad rows.
     *
     * @param count more than 0
     * @return where they are, or why they are not kept
     */
    String writeBad(Iterator<BadRow> rows, long count) throws IOException;

    /** Puts all in its place. */
    void publish() throws IOException;

    @Override
    void close();
  }
}
