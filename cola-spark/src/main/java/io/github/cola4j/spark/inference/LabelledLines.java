package io.github.cola4j.spark.inference;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Example;
import io.github.cola4j.spark.data.TaskRow;
import io.github.cola4j.spark.data.row.InputRow;
import io.github.cola4j.spark.output.InputJson;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;

/** What classifiers say of rows, as lines of JSON in the order of the rows. */
final class LabelledLines implements Serializable {
  private static final long serialVersionUID = 1;
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Map<String, TextPredictor> predictors; // by task
  private final boolean keepsBad;

  private LabelledLines(Map<String, TextPredictor> predictors, boolean keepsBad) {
    this.predictors = predictors;
    this.keepsBad = keepsBad;
  }

  /**
   * Lines, computed when they are asked for.
   *
   * @param predictors by task; of several, each line names its row's task
   * @param keepsBad whether bad rows have a line too, with their reason
   */
  static JavaRDD<String> of(
      Map<String, TextPredictor> predictors,
      JavaRDD<InputRow<TaskRow<Example>>> inputs,
      boolean keepsBad) {
    LabelledLines lines = new LabelledLines(new LinkedHashMap<>(predictors), keepsBad);
    List<Long> sizes =
        inputs.mapPartitions(partition -> List.of(size(partition)).iterator()).collect();
    long[] starts = new long[sizes.size()];
    for (int p = 1; p < starts.length; p++) {
      starts[p] = starts[p - 1] + sizes.get(p - 1);
    }
    return inputs.mapPartitionsWithIndex(
        (index, partition) -> {
          Numbered each = lines.new Numbered(starts[index]);
          return new Batches<>(
              partition, TextPredictor.AT_ONCE, row -> row.bad() == null, each::lines);
        },
        true);
  }

  private static long size(Iterator<?> partition) {
    long size = 0;
    for (; partition.hasNext(); partition.next()) {
      size++;
    }
    return size;
  }

  /** The rows of one partition, which count on from its start. */
  private final class Numbered {
    private long row;

    Numbered(long start) {
      this.row = start;
    }

    List<String> lines(List<InputRow<TaskRow<Example>>> rows) {
      Map<String, Iterator<AdapterRunner.Prediction>> predictions = predictions(rows);
      List<String> lines = new ArrayList<>(rows.size());
      for (InputRow<TaskRow<Example>> input : rows) {
        row++;
        if (input.bad() == null) {
          String task = input.example().task();
          lines.add(InputJson.text(line(task, predictions.get(task).next()), row, input, null));
        } else if (keepsBad) {
          lines.add(InputJson.text(MAPPER.createObjectNode(), row, input, input.bad().reason()));
        }
      }
      return lines;
    }
  }

  /** What the rows of each task are predicted to be, in their order. */
  private Map<String, Iterator<AdapterRunner.Prediction>> predictions(
      List<InputRow<TaskRow<Example>>> rows) {
    Map<String, List<Example>> examples = new LinkedHashMap<>();
    for (InputRow<TaskRow<Example>> row : rows) {
      if (row.bad() == null) {
        examples
            .computeIfAbsent(row.example().task(), task -> new ArrayList<>())
            .add(row.example().example());
      }
    }
    Map<String, Iterator<AdapterRunner.Prediction>> predictions = new LinkedHashMap<>();
    examples.forEach(
        (task, own) -> predictions.put(task, predictors.get(task).predict(own).iterator()));
    return predictions;
  }

  private ObjectNode line(String task, AdapterRunner.Prediction prediction) {
    ObjectNode line = MAPPER.createObjectNode();
    if (predictors.size() > 1) {
      line.put("task", task);
    }
    line.put("text", prediction.example().text());
    if (prediction.example().pair() != null) {
      line.put("pair", prediction.example().pair());
    }
    line.put("label", prediction.label()).put("probability", prediction.probability());
    ObjectNode probabilities = line.putObject("probabilities");
    List<String> classes = predictors.get(task).objective().classes();
    for (int c = 0; c < classes.size(); c++) {
      probabilities.put(classes.get(c), prediction.probabilities()[c]);
    }
    return line;
  }
}
