package io.github.cola4j.spark.inference;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.LabelList;
import io.github.cola4j.spark.data.TaskRow;
import io.github.cola4j.spark.data.row.InputRow;
import io.github.cola4j.spark.internal.executor.RowGroup;
import io.github.cola4j.spark.output.InputJson;
import io.github.cola4j.train.Classification;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;

/**
 * What classifiers say of rows, as lines of JSON in the order of the rows. Neighbouring rows, which
 * follow from their numbers alone, are computed together, so that lines do not depend on
 * partitions.
 */
final class LabelledLines implements Serializable {
  private static final long serialVersionUID = 1;
  private static final JsonMapper MAPPER = new JsonMapper();

  /** A large file is read by one Spark task; its rows are dealt out to all cores. */
  private static final int PARTITIONS_A_CORE = 4;

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
    return RowGroup.of(inputs, TextPredictor.AT_ONCE, PARTITIONS_A_CORE)
        .flatMap(group -> lines.of(group).iterator());
  }

  private List<String> of(RowGroup<InputRow<TaskRow<Example>>> group) {
    Map<String, Iterator<AdapterRunner.Prediction>> predictions = predictions(group.rows());
    List<String> lines = new ArrayList<>(group.rows().size());
    long row = group.first();
    for (InputRow<TaskRow<Example>> input : group.rows()) {
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
    if (prediction.example().image() == null) {
      line.put("text", prediction.example().text());
    }
    if (prediction.example().pair() != null) {
      line.put("pair", prediction.example().pair());
    }
    Classification objective = predictors.get(task).objective();
    switch (objective.problem()) {
      case SINGLE_LABEL ->
          line.put("label", prediction.label()).put("probability", prediction.probability());
      case MULTI_LABEL -> {
        ArrayNode labels = line.putArray("label");
        LabelList.of(prediction.label()).forEach(labels::add);
      }
      case REGRESSION -> {
        line.put("label", Classification.value(prediction.label()));
        return line;
      }
    }
    ObjectNode probabilities = line.putObject("probabilities");
    List<String> classes = objective.classes();
    for (int c = 0; c < classes.size(); c++) {
      probabilities.put(classes.get(c), prediction.probabilities()[c]);
    }
    return line;
  }
}
