package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.adapter.AdapterFolder;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.internal.executor.StoredAdapter;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Evaluation;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Uses a classifier on data of any size; {@link LanguageModelRunner} does so with language models.
 * Close it to free what executors hold, when what it gave has been computed.
 */
public final class AdapterRunner implements AutoCloseable {
  private final StoredAdapter adapter;
  private final TextPredictor predictor;

  /**
   * An answer.
   *
   * @param label as data has it: the likeliest class; of several labels a list in JSON of those
   *     likelier than not; or the number
   * @param probabilities of all classes in the adapter's order: softmax of the logits; of several
   *     labels each one's own; of a regression none
   */
  public record Prediction(Example example, String label, double[] probabilities)
      implements Serializable {
    /** The largest of the probabilities, of one class a text that of its label. */
    public double probability() {
      return DoubleStream.of(probabilities).max().orElse(Double.NaN);
    }
  }

  /**
   * Of an adapter in a local folder.
   *
   * @param folder as {@link AdapterStore} writes it
   * @param modelLocation where the frozen model is, null for where it was at training
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on, or the
   *     adapter is a language model's
   */
  public AdapterRunner(JavaSparkContext spark, Path folder, String modelLocation) {
    this(StoredAdapter.read(spark, folder, modelLocation), folder);
  }

  /**
   * Of an adapter that was trained or loaded.
   *
   * @param model from {@code BaseModelCache}, so that tasks of this JVM share it
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on, or the
   *     adapter is a language model's
   */
  public AdapterRunner(SparkSession spark, TrainedAdapter adapter, BaseModel model) {
    this(
        StoredAdapter.of(JavaSparkContext.fromSparkContext(spark.sparkContext()), adapter, model),
        "of task '" + adapter.description().task() + "'");
  }

  private AdapterRunner(StoredAdapter adapter, Object place) {
    if (adapter.description().isLanguageModel()) {
      adapter.close();
      throw new IllegalArgumentException(
          "adapter " + place + " is a language model's; it has no classes to tell apart");
    }
    this.adapter = adapter;
    this.predictor =
        new TextPredictor(
            adapter.job(),
            adapter.theta(),
            new Classification(
                adapter.description().classes(),
                adapter.description().pooling(),
                adapter.description().problem()));
  }

  /**
   * Of an adapter in a folder of any of Hadoop's file systems, on the model from where it was at
   * training.
   *
   * @param uri as of {@link AdapterFolder#at}
   * @throws IllegalArgumentException if there is no adapter, the model is another one, or the
   *     adapter is a language model's
   */
  public static AdapterRunner load(SparkSession spark, String uri) {
    AdapterFolder folder = AdapterFolder.at(spark, uri);
    return load(spark, uri, folder.loadModel());
  }

  /** As {@link #load(SparkSession, String)}, on the model that is given. */
  public static AdapterRunner load(SparkSession spark, String uri, BaseModel model) {
    return new AdapterRunner(spark, AdapterFolder.at(spark, uri).loadParameters(model), model);
  }

  /** What the adapter is. */
  public AdapterStore.Description description() {
    return adapter.description();
  }

  /** The classes of examples, lazily, in their order. */
  public JavaRDD<Prediction> predict(JavaRDD<Example> examples) {
    TextPredictor each = predictor;
    return examples.mapPartitions(
        rows -> new Batches<>(rows, TextPredictor.AT_ONCE, row -> true, each::predict));
  }

  /** As {@link #transform(Dataset, Columns, PredictionColumns)}, of the column {@code text}. */
  public Dataset<Row> transform(Dataset<Row> rows) {
    return transform(rows, Columns.defaults(), PredictionColumns.defaults());
  }

  /**
   * All rows with all their columns, in their order, and their predictions, lazily. A row without a
   * text, which {@code cola predict} counts as bad, has a reason in the place of a prediction.
   *
   * @param texts where the text is, and the second one of pairs; the label is not looked at
   * @param added what the columns are called that come after those of the rows
   * @throws IllegalArgumentException if the rows have no such text, or a column of an added one's
   *     name
   */
  public Dataset<Row> transform(Dataset<Row> rows, Columns texts, PredictionColumns added) {
    return RowPredictor.transform(
        new ClassifiedRows(Map.of(description().task(), predictor)),
        rows,
        ExampleReader.unlabelled(texts),
        null,
        added.outputs(description().problem()));
  }

  /**
   * Evaluates labelled examples.
   *
   * @throws IllegalArgumentException if a label is not one of the adapter's classes
   */
  public Evaluation evaluate(JavaRDD<Example> examples) {
    TextPredictor each = predictor;
    List<String> classes = description().classes();
    List<String> unknown =
        examples
            .flatMap(example -> each.objective().problem().labels(example.label()).iterator())
            .filter(label -> !each.objective().classes().contains(label))
            .distinct()
            .take(5);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "labels that the adapter does not know: " + unknown + "; its classes are " + classes);
    }
    return examples
        .mapPartitions(
            rows ->
                new Batches<Example, Evaluation>(
                    rows,
                    TextPredictor.AT_ONCE,
                    row -> true,
                    batch -> List.of(each.evaluate(batch))))
        .collect()
        .stream()
        .reduce(Evaluation.empty(classes.size()), Evaluation::plus);
  }

  @Override
  public void close() {
    adapter.close();
  }
}
