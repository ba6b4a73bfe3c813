package io.github.cola4j.spark.inference;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.InputRow;
import io.github.cola4j.spark.output.InputJson;
import io.github.cola4j.spark.output.OutputLines;
import java.io.Serializable;
import java.util.Objects;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.Optional;
import scala.Tuple2;

/** What language models answer to rows, as lines of JSON in the order of the rows. */
public final class AnsweredLines {
  private static final JsonMapper MAPPER = new JsonMapper();

  private AnsweredLines() {}

  /** Where a row is; no two rows are at one place. */
  private record Place(String file, long line) implements Serializable {}

  /**
   * A line for each row, computed when this returns.
   *
   * @param rows that were read with all their columns
   * @param answers to those that have one
   * @param refused why the other examples have none
   * @param namesTask whether each line names its row's task
   * @param keepsBad whether rows without an answer have a line too, with the reason
   */
  public static OutputLines of(
      ExampleRows<PromptRow> rows,
      JavaRDD<LanguageModelRunner.Answer> answers,
      JavaRDD<BadRow> refused,
      boolean namesTask,
      boolean keepsBad) {
    JavaRDD<InputRow<PromptRow>> inputs = rows.inputs();
    JavaPairRDD<Place, Tuple2<Long, InputRow<PromptRow>>> numbered =
        inputs
            .zipWithIndex()
            .mapToPair(
                row ->
                    new Tuple2<>(
                        new Place(row._1().file(), row._1().line()),
                        new Tuple2<>(row._2() + 1, row._1())));
    JavaPairRDD<Place, LanguageModelRunner.Answer> written =
        answers.mapToPair(
            answer -> new Tuple2<>(new Place(answer.row().file(), answer.row().line()), answer));
    JavaPairRDD<Place, String> reasons =
        refused.mapToPair(bad -> new Tuple2<>(new Place(bad.file(), bad.line()), bad.reason()));
    int partitions = Math.max(1, inputs.getNumPartitions());
    return new OutputLines(
        numbered
            .leftOuterJoin(written, partitions)
            .leftOuterJoin(reasons, partitions)
            .values()
            .mapToPair(
                row ->
                    new Tuple2<>(
                        row._1()._1()._1(),
                        line(row._1()._1(), row._1()._2(), row._2(), namesTask, keepsBad)))
            .sortByKey(true, partitions)
            .values()
            .filter(Objects::nonNull));
  }

  /** Null for a bad row that is left out. */
  private static String line(
      Tuple2<Long, InputRow<PromptRow>> row,
      Optional<LanguageModelRunner.Answer> answer,
      Optional<String> refused,
      boolean namesTask,
      boolean keepsBad) {
    if (answer.isPresent()) {
      return InputJson.text(line(answer.get(), namesTask), row._1(), row._2(), null);
    }
    if (!keepsBad) {
      return null;
    }
    BadRow bad = row._2().bad();
    String reason = bad == null ? refused.get() : bad.reason();
    return InputJson.text(MAPPER.createObjectNode(), row._1(), row._2(), reason);
  }

  private static ObjectNode line(LanguageModelRunner.Answer answer, boolean namesTask) {
    ObjectNode line = MAPPER.createObjectNode();
    if (namesTask) {
      line.put("task", answer.row().task());
    }
    PromptJson.put(line, answer.row());
    line.put("answer", answer.text());
    return answer.ended() ? line : line.put("cut", true);
  }
}
