package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.train.Classification;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Classifiers of rows.
 *
 * @param predictors by task
 */
record ClassifiedRows(Map<String, TextPredictor> predictors)
    implements RowModel<Example, RowAnswer>, RowModel.Session<Example, RowAnswer> {
  @Override
  public Set<String> tasks() {
    return predictors.keySet();
  }

  @Override
  public int atOnce() {
    return TextPredictor.AT_ONCE;
  }

  @Override
  public RowAnswer refused(String reason) {
    return RowAnswer.refused(reason);
  }

  @Override
  public Session<Example, RowAnswer> open() {
    return this;
  }

  @Override
  public List<RowAnswer> answer(List<Asked<Example>> rows) {
    Map<String, List<Example>> examples = new LinkedHashMap<>();
    for (Asked<Example> row : rows) {
      examples.computeIfAbsent(row.task(), task -> new ArrayList<>()).add(row.example());
    }
    Map<String, Iterator<float[]>> logits = new LinkedHashMap<>();
    examples.forEach(
        (task, own) ->
            logits.put(task, Arrays.asList(predictors.get(task).logits(own)).iterator()));
    List<RowAnswer> answers = new ArrayList<>(rows.size());
    for (Asked<Example> row : rows) {
      Classification objective = predictors.get(row.task()).objective();
      answers.add(RowAnswer.of(objective, logits.get(row.task()).next()));
    }
    return answers;
  }

  @Override
  public void close() {
    // memory is the thread's, see ShardWorkers
  }
}
