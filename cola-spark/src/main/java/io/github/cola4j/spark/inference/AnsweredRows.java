package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.inference.AnswerWriter.Question;
import io.github.cola4j.spark.inference.AnswerWriter.TaskAdapter;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Language models of rows.
 *
 * @param adapters by task
 */
record AnsweredRows(ModelReference model, Map<String, TaskAdapter> adapters, Sampling sampling)
    implements RowModel<Dialogue, RowText> {
  @Override
  public Set<String> tasks() {
    return adapters.keySet();
  }

  @Override
  public int atOnce() {
    return AnswerWriter.ROWS_AT_ONCE;
  }

  @Override
  public RowText refused(String reason) {
    return RowText.refused(reason);
  }

  @Override
  public Session<Dialogue, RowText> open() {
    return new Writing(new AnswerWriter(BaseModelCache.get(model), adapters, sampling, null));
  }

  private record Writing(AnswerWriter writer) implements Session<Dialogue, RowText> {
    @Override
    public List<RowText> answer(List<Asked<Dialogue>> rows) {
      return writer.answer(
          rows.stream().map(row -> new Question(row.task(), row.example())).toList(),
          (place, prompt) -> number(rows.get(place).task(), prompt));
    }

    /** Of a prompt rather than a row, whose place in the data nothing tells. */
    private static long number(String task, int[] prompt) {
      return Seeds.mix(
          LongStream.concat(LongStream.of(Seeds.of(task)), IntStream.of(prompt).mapToLong(id -> id))
              .toArray());
    }

    @Override
    public void close() {
      writer.close();
    }
  }
}
