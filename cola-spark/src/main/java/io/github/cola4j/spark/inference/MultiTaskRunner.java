package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.TaskRow;
import io.github.cola4j.spark.internal.executor.StoredAdapter;
import io.github.cola4j.spark.output.OutputLines;
import io.github.cola4j.train.Classification;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Uses the classifiers of several tasks on one frozen model; a column names a row's task. {@link
 * AdapterRunner} does more with one of them. Close it to free what executors hold, when what it
 * gave has been computed; otherwise Spark frees it once nobody refers to it any more.
 */
public final class MultiTaskRunner implements AutoCloseable {
  private final StoredAdapters stored;
  private final Map<String, TextPredictor> predictors = new LinkedHashMap<>();

  /**
   * Of adapters that were trained or loaded.
   *
   * @param adapters at least one, of different tasks
   * @param model from {@code BaseModelCache}, so that tasks of this JVM share it
   * @throws IllegalArgumentException if the model is not the one that all adapters were trained on,
   *     two are of one task, or an adapter is a language model's
   */
  public MultiTaskRunner(SparkSession spark, List<TrainedAdapter> adapters, BaseModel model) {
    this.stored = StoredAdapters.of(spark, adapters, model, MultiTaskRunner::requireClassifier);
    stored
        .byTask()
        .forEach(
            (task, own) ->
                predictors.put(
                    task,
                    new TextPredictor(
                        own.job(),
                        own.theta(),
                        new Classification(
                            own.description().classes(),
                            own.description().pooling(),
                            own.description().problem()))));
  }

  /**
   * Of adapters in local folders.
   *
   * @param folders as {@link AdapterStore} writes them, at least one, of different tasks
   * @param modelLocation where the frozen model is, null for where it was at training
   * @throws IllegalArgumentException if the model is not the one that all adapters were trained on,
   *     two are of one task, or an adapter is a language model's
   */
  public static MultiTaskRunner load(SparkSession spark, List<Path> folders, String modelLocation) {
    BaseModel model = StoredAdapter.model(AdapterStore.describe(folders.get(0)), modelLocation);
    return new MultiTaskRunner(
        spark,
        folders.stream().map(folder -> AdapterStore.loadParameters(folder, model)).toList(),
        model);
  }

  private static void requireClassifier(AdapterStore.Description description) {
    if (description.isLanguageModel()) {
      throw new IllegalArgumentException(
          "the adapter of task '"
              + description.task()
              + "' is a language model's; it has no classes");
    }
  }

  /** The tasks, in the order of the adapters. */
  public List<String> tasks() {
    return List.copyOf(predictors.keySet());
  }

  /** What the adapters are, in their order. */
  public List<AdapterStore.Description> descriptions() {
    return stored.byTask().values().stream().map(StoredAdapter::description).toList();
  }

  /**
   * All rows with all their columns, in their order, and further ones, lazily. A row without a
   * text, or of none of the tasks, is not classified.
   *
   * @param texts where the text is, and the second one of pairs; the label is not looked at
   * @param taskColumn names a row's task; null where there is one task
   * @param added the columns that come after those of the rows
   * @throws IllegalArgumentException if the rows have no such column, or one of an added one's
   *     name; or if there are several tasks and no column
   */
  public Dataset<Row> transform(
      Dataset<Row> rows, Columns texts, String taskColumn, List<OutputColumn<RowAnswer>> added) {
    return RowPredictor.transform(
        new ClassifiedRows(predictors), rows, ExampleReader.unlabelled(texts), taskColumn, added);
  }

  /**
   * A line of JSON for each row that was read with all its columns, computed when this returns. Of
   * several tasks, each line names its row's.
   *
   * @param keepsBad whether bad rows have a line too, with their reason
   */
  public OutputLines lines(ExampleRows<TaskRow<Example>> rows, boolean keepsBad) {
    return new OutputLines(LabelledLines.of(predictors, rows.inputs(), keepsBad));
  }

  @Override
  public void close() {
    stored.close();
  }
}
