package io.github.cola4j.spark;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.Tokenizer;
import io.github.cola4j.io.AdapterStore;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** Uses a stored adapter on data of any size. Close it to free what executors hold. */
public final class AdapterRunner implements AutoCloseable {
  private static final int EXAMPLES_AT_ONCE = 512;

  private final AdapterStore.Description description;
  private final ShardJob job;
  private final Broadcast<float[]> initial;
  private final Broadcast<float[]> theta;

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
   * @throws IllegalArgumentException if the model is not the one the adapter was trained on
   */
  public AdapterRunner(JavaSparkContext spark, Path folder, String modelLocation) {
    description = AdapterStore.describe(folder);
    String location = modelLocation == null ? description.model() : modelLocation;
    BaseModel model = BaseModelCache.load(location);
    description.requireModel(folder, location, model.fingerprint());
    AdapterStore.Stored stored =
        AdapterStore.load(folder, model.encoder().linears(), model.encoder().config().hiddenSize());
    initial = spark.broadcast(stored.initial());
    theta = spark.broadcast(stored.theta());
    TrainingConfig config =
        new TrainingConfig(null, null, null, null, description.maxLength(), null, null, null);
    job =
        new ShardJob(
            UUID.randomUUID().toString(),
            ModelReference.of(spark, location, model.fingerprint()),
            description.adapter(),
            config,
            initial);
  }

  /** What the adapter is. */
  public AdapterStore.Description description() {
    return description;
  }

  /** The classes of examples, lazily, in their order. */
  public JavaRDD<Prediction> predict(JavaRDD<Example> examples) {
    ShardJob spec = job;
    Broadcast<float[]> parameters = theta;
    List<String> classes = new ArrayList<>(description.classes());
    return examples.mapPartitions(rows -> new Predictions(rows, spec, parameters, classes));
  }

  /**
   * Evaluates labelled examples.
   *
   * @throws IllegalArgumentException if a label is not one of the adapter's classes
   */
  public Evaluation evaluate(JavaRDD<Example> examples) {
    ShardJob spec = job;
    Broadcast<float[]> parameters = theta;
    List<String> classes = new ArrayList<>(description.classes());
    Map<String, Integer> numbers = TaskSharder.numbers(classes);
    List<String> unknown =
        examples
            .map(Example::label)
            .filter(label -> !numbers.containsKey(label))
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
                List<Sample> samples = tokenize(spec, chunks.next(), numbers);
                parts.add(ShardTrainer.evaluate(spec, classes.size(), parameters.value(), samples));
              }
              return parts.iterator();
            })
        .collect()
        .stream()
        .reduce(Evaluation.empty(classes.size()), Evaluation::plus);
  }

  private static List<Sample> tokenize(
      ShardJob job, List<Example> examples, Map<String, Integer> numbers) {
    Tokenizer tokenizer = BaseModelCache.get(job.model()).tokenizer(job.training().maxLength());
    return examples.stream()
        .map(e -> tokenizer.encode(e.text(), e.pair(), number(e.label(), numbers)))
        .map(Tokenizer.Tokens::sample)
        .toList();
  }

  /** -1 for an example without a label. */
  private static int number(String label, Map<String, Integer> numbers) {
    return label == null ? -1 : numbers.getOrDefault(label, -1);
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
    private final ShardJob job;
    private final Broadcast<float[]> theta;
    private final List<String> classes;
    private Iterator<Prediction> ready = List.<Prediction>of().iterator();

    Predictions(
        Iterator<Example> rows, ShardJob job, Broadcast<float[]> theta, List<String> classes) {
      this.chunks = new Chunks(rows);
      this.job = job;
      this.theta = theta;
      this.classes = classes;
    }

    @Override
    public boolean hasNext() {
      return ready.hasNext() || chunks.hasNext();
    }

    @Override
    public Prediction next() {
      if (!ready.hasNext()) {
        List<Example> examples = chunks.next();
        List<Sample> samples = tokenize(job, examples, Map.of());
        float[][] logits = ShardTrainer.logits(job, classes.size(), theta.value(), samples);
        List<Prediction> predictions = new ArrayList<>(examples.size());
        for (int i = 0; i < logits.length; i++) {
          int answer = Evaluation.argMax(logits[i]);
          predictions.add(
              new Prediction(
                  examples.get(i),
                  classes.get(answer),
                  Math.exp(Evaluation.logProbability(logits[i], answer))));
        }
        ready = predictions.iterator();
      }
      return ready.next();
    }
  }

  @Override
  public void close() {
    theta.destroy();
    initial.destroy();
  }
}
