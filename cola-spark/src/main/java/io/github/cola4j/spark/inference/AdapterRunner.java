package io.github.cola4j.spark.inference;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.internal.executor.ShardTrainer;
import io.github.cola4j.spark.internal.executor.StoredAdapter;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.TrainingContext;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Evaluation;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Uses a stored classifier on data of any size; {@link LanguageModelRunner} does so with language
 * models. Close it to free what executors hold.
 */
public final class AdapterRunner implements AutoCloseable {
  private static final int EXAMPLES_AT_ONCE = 512;

  private final StoredAdapter adapter;

  /**
   * An answer.
   *
   * @param label the likeliest class
   * @param probability softmax of the logits
   */
  public record Prediction(Example example, String label, double probability)
      implements Serializable {}

  /**
   * Loads an adapter.
   *
   * @param folder as {@link AdapterStore} writes it
   * @param modelLocation where the frozen model is, null for where it was at training
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on, or the
   *     adapter is a language model's
   */
  public AdapterRunner(JavaSparkContext spark, Path folder, String modelLocation) {
    AdapterStore.Description description = AdapterStore.describe(folder);
    if (description.isLanguageModel()) {
      throw new IllegalArgumentException(
          "adapter " + folder + " is a language model's; it has no classes to tell apart");
    }
    adapter = StoredAdapter.load(spark, folder, StoredAdapter.model(description, modelLocation));
  }

  /** What the adapter is. */
  public AdapterStore.Description description() {
    return adapter.description();
  }

  /** The classes of examples, lazily, in their order. */
  public JavaRDD<Prediction> predict(JavaRDD<Example> examples) {
    TrainingContext spec = adapter.job();
    Broadcast<float[]> parameters = adapter.theta();
    Classification objective = new Classification(description().classes());
    return examples.mapPartitions(rows -> new Predictions(rows, spec, parameters, objective));
  }

  /**
   * Evaluates labelled examples.
   *
   * @throws IllegalArgumentException if a label is not one of the adapter's classes
   */
  public Evaluation evaluate(JavaRDD<Example> examples) {
    TrainingContext spec = adapter.job();
    Broadcast<float[]> parameters = adapter.theta();
    Classification objective = new Classification(description().classes());
    List<String> classes = objective.classes();
    List<String> unknown =
        examples
            .map(Example::label)
            .filter(label -> !objective.classes().contains(label))
            .distinct()
            .take(5);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "labels that the adapter does not know: " + unknown + "; its classes are " + classes);
    }
    return examples
        .mapPartitions(
            rows -> {
              List<Evaluation> parts = new ArrayList<>();
              Chunks chunks = new Chunks(rows);
              while (chunks.hasNext()) {
                List<Sample> samples = tokenize(spec, objective, chunks.next());
                parts.add(ShardTrainer.evaluate(spec, objective, parameters.value(), samples));
              }
              return parts.iterator();
            })
        .collect()
        .stream()
        .reduce(Evaluation.empty(classes.size()), Evaluation::plus);
  }

  private static List<Sample> tokenize(
      TrainingContext job, Classification objective, List<Example> examples) {
    BaseModel base = BaseModelCache.get(job.model());
    return examples.stream()
        .map(e -> objective.encode(base, job.training().maxLength(), e).sample())
        .toList();
  }

  /** Examples some at a time. */
  private record Chunks(Iterator<Example> rows) implements Iterator<List<Example>> {
    @Override
    public boolean hasNext() {
      return rows.hasNext();
    }

    @Override
    public List<Example> next() {
      List<Example> chunk = new ArrayList<>();
      while (rows.hasNext() && chunk.size() < EXAMPLES_AT_ONCE) {
        chunk.add(rows.next());
      }
      return chunk;
    }
  }

  /** Predictions as they are asked for: a partition may be larger than memory. */
  private static final class Predictions implements Iterator<Prediction> {
    private final Chunks chunks;
    private final TrainingContext job;
    private final Broadcast<float[]> theta;
    private final Classification objective;
    private Iterator<Prediction> ready = List.<Prediction>of().iterator();

    Predictions(
        Iterator<Example> rows,
        TrainingContext job,
        Broadcast<float[]> theta,
        Classification objective) {
      this.chunks = new Chunks(rows);
      this.job = job;
      this.theta = theta;
      this.objective = objective;
    }

    @Override
    public boolean hasNext() {
      return ready.hasNext() || chunks.hasNext();
    }

    @Override
    public Prediction next() {
      if (!ready.hasNext()) {
        List<Example> examples = chunks.next();
        List<Example> unlabelled =
            examples.stream().map(e -> new Example(e.text(), e.pair(), null)).toList();
        List<Sample> samples = tokenize(job, objective, unlabelled);
        float[][] logits = ShardTrainer.logits(job, objective, theta.value(), samples);
        List<Prediction> predictions = new ArrayList<>(examples.size());
        for (int i = 0; i < logits.length; i++) {
          int answer = Answers.argMax(logits[i]);
          predictions.add(
              new Prediction(
                  examples.get(i),
                  objective.classes().get(answer),
                  Math.exp(Answers.logProbability(logits[i], answer))));
        }
        ready = predictions.iterator();
      }
      return ready.next();
    }
  }

  @Override
  public void close() {
    adapter.close();
  }
}
