package io.github.cola4j.spark.data;

import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;

/**
 * Reads multiple-choice questions: the columns {@code question}, {@code A}, {@code B} and so on up
 * to {@code J}, and {@code answer}, a letter; others are not looked at. A CSV file whose first row
 * names neither question nor answer has no header: its columns are the question, the options and
 * the answer.
 */
public final class MultipleChoiceReader {
  private static final String QUESTION = "question";
  private static final String ANSWER = "answer";
  private static final List<String> LETTERS =
      IntStream.range(0, MultipleChoice.MAX_OPTIONS).mapToObj(MultipleChoice::letter).toList();

  private MultipleChoiceReader() {}

  /**
   * Reads questions. All rows are read once before this returns, and stay persisted until the
   * result is closed.
   *
   * @param taskName the task, for messages
   * @param paths files, folders, globs or tables, as of {@link ExampleReader#read}
   * @param encoding the text files' charset; null detects it: a byte-order mark says which, else it
   *     is UTF-8, and bytes that are not are read as Windows-1252, with a notice
   * @throws IllegalArgumentException if a path names nothing, a file lacks a column, or a file
   *     cannot be read to its end
   */
  public static ExampleRows<MultipleChoice> read(
      SparkSession spark, String taskName, List<String> paths, String encoding) {
    return read(spark, taskName, paths, encoding, CsvConfig.defaults());
  }

  /**
   * Reads questions, as above.
   *
   * @param csv how CSV and TSV files are written
   */
  public static ExampleRows<MultipleChoice> read(
      SparkSession spark, String taskName, List<String> paths, String encoding, CsvConfig csv) {
    return RowReader.read(spark, taskName, paths, new Rule(), encoding, csv);
  }

  private record Rule() implements RowRule<MultipleChoice> {
    @Override
    public Map<String, String> required(Collection<String> present) {
      Map<String, String> required = new LinkedHashMap<>();
      for (String column : List.of(QUESTION, LETTERS.get(0), LETTERS.get(1), ANSWER)) {
        required.put(column, column);
      }
      return required;
    }

    @Override
    public List<String> optional() {
      return LETTERS.subList(2, LETTERS.size());
    }

    @Override
    public String fixHint(String role) {
      return "rename the column";
    }

    @Override
    public List<String> headerless(List<String> first) {
      if (first.contains(QUESTION) || first.contains(ANSWER) || first.size() < 4) {
        return null;
      }
      List<String> names = new ArrayList<>();
      names.add(QUESTION);
      int options = Math.min(first.size() - 2, LETTERS.size());
      names.addAll(LETTERS.subList(0, options));
      names.add(ANSWER);
      return names;
    }

    @Override
    public MultipleChoice apply(Values values) throws BadRowException {
      String question = RowRule.text(values, QUESTION);
      int last = LETTERS.size() - 1;
      while (last >= 0 && values.of(LETTERS.get(last)) == null) {
        last--;
      }
      List<String> options = new ArrayList<>();
      for (String letter : LETTERS.subList(0, Math.max(last + 1, 2))) {
        options.add(RowRule.text(values, letter));
      }
      String answer = RowRule.text(values, ANSWER).strip();
      int number = LETTERS.subList(0, options.size()).indexOf(answer);
      if (number < 0) {
        throw new BadRowException(
            "column 'answer' is no option's letter",
            String.format(
                "column 'answer' is '%s'; expected a letter from A to %s",
                answer, LETTERS.get(options.size() - 1)));
      }
      return new MultipleChoice(question, options, number);
    }
  }
}
