package io.github.cola4j.spark.inference;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.row.InputRow;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.StorageLevel;

/**
 * A line of JSON for each row of a classifier's input, bad rows in their places. Executors compute
 * all partitions at the same time and keep the lines, on disk where memory is short; the driver
 * holds those of one partition at a time. Close it to let go of them.
 */
public final class LabelledLines implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final JavaRDD<String> lines;

  private LabelledLines(JavaRDD<String> lines) {
    this.lines = lines.persist(StorageLevel.MEMORY_AND_DISK_SER());
    try {
      lines.count(); // all partitions at once
    } catch (Throwable e) { // a SparkException is checked, but Scala does not declare it
      lines.unpersist(true);
      throw e;
    }
  }

  /** Computes them. */
  static LabelledLines of(TextPredictor predictor, ExampleRows<Example> rows) {
    JavaRDD<InputRow<Example>> inputs = rows.inputs();
    List<Long> sizes =
        inputs.mapPartitions(partition -> List.of(size(partition)).iterator()).collect();
    long[] starts = new long[sizes.size()];
    for (int p = 1; p < starts.length; p++) {
      starts[p] = starts[p - 1] + sizes.get(p - 1);
    }
    return new LabelledLines(
        inputs.mapPartitionsWithIndex(
            (index, partition) -> {
              Partition each = new Partition(predictor, starts[index]);
              return new Batches<>(
                  partition, TextPredictor.AT_ONCE, row -> row.bad() == null, each::lines);
            },
            true));
  }

  private static long size(Iterator<?> partition) {
    long size = 0;
    for (; partition.hasNext(); partition.next()) {
      size++;
    }
    return size;
  }

  /** The rows of one partition, which count on from its start. */
  private static final class Partition implements Serializable {
    private final TextPredictor predictor;
    private long row;

    Partition(TextPredictor predictor, long start) {
      this.predictor = predictor;
      this.row = start;
    }

    List<String> lines(List<InputRow<Example>> rows) {
      List<Example> examples =
          rows.stream().filter(row -> row.bad() == null).map(InputRow::example).toList();
      Iterator<AdapterRunner.Prediction> predictions = predictor.predict(examples).iterator();
      List<String> lines = new ArrayList<>(rows.size());
      for (InputRow<Example> input : rows) {
        ObjectNode line =
            input.bad() == null ? line(predictions.next()) : MAPPER.createObjectNode();
        String bad = input.bad() == null ? null : input.bad().reason();
        lines.add(InputJson.text(line, ++row, input, bad));
      }
      return lines;
    }

    private ObjectNode line(AdapterRunner.Prediction prediction) {
      ObjectNode line = MAPPER.createObjectNode().put("text", prediction.example().text());
      if (prediction.example().pair() != null) {
        line.put("pair", prediction.example().pair());
      }
      line.put("label", prediction.label()).put("probability", prediction.probability());
      ObjectNode probabilities = line.putObject("probabilities");
      List<String> classes = predictor.objective().classes();
      for (int c = 0; c < classes.size(); c++) {
        probabilities.put(classes.get(c), prediction.probabilities()[c]);
      }
      return line;
    }
  }

  /** The lines in the order of the rows, without their ends. */
  public Iterator<String> iterator() {
    return lines.toLocalIterator();
  }

  /** Unpersists the lines. */
  @Override
  public void close() {
    lines.unpersist(true);
  }
}
