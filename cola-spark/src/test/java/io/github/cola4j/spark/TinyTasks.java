package io.github.cola4j.spark;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.ScheduleConfig;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;

/** The tiny BERT of cola-core's goldens, and tasks in its vocabulary. */
public final class TinyTasks {
  static final AdapterConfig ADAPTER = adapter("full", 0);
  public static final TrainingConfig TRAINING = training(2, 1e-3);

  private static final String[] WORDS = {
    "adapter",
    "antibiotics",
    "bank",
    "constant",
    "contract",
    "court",
    "damages",
    "derivative",
    "doctors",
    "integral",
    "lending",
    "opening",
    "order",
    "patient",
    "rate",
    "seller",
    "shares",
    "singing",
    "treated",
    "zero"
  };

  private TinyTasks() {}

  public static AdapterConfig adapter(String pairing, double dropout) {
    return AdapterConfig.defaults()
        .withA(2)
        .withB(3)
        .withRank(2)
        .withPairing(pairing)
        .withInit("pissa")
        .withDropout(dropout);
  }

  static TrainingConfig training(int epochs, double learningRate) {
    return TrainingConfig.defaults()
        .withEpochs(epochs)
        .withBatchSize(4)
        .withAccumulation(1)
        .withMaxTokens(64)
        .withMaxLength(16)
        .withOptimizer(
            OptimizerConfig.defaults()
                .withLearningRate(learningRate)
                .withHeadLearningRate(1e-2)
                .withWeightDecay(0.01))
        .withSchedule(ScheduleConfig.defaults().withName("constant"))
        .withSeed(5L);
  }

  public static RoundConfig rounds(int patience, Scope scope) {
    return rounds(patience, scope, 1);
  }

  public static RoundConfig rounds(int patience, Scope scope, int validateEvery) {
    return RoundConfig.defaults()
        .withExamplesPerShard(20)
        .withLocalSteps(2)
        .withPatience(patience)
        .withMetric("loss")
        .withScope(scope)
        .withValidateEvery(validateEvery);
  }

  /** Where the model is. */
  public static Path folder() {
    try {
      return Path.of(TinyTasks.class.getResource("/goldens/bert/model").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A copy with the same weights and a fingerprint of its own. */
  public static Path copy(Path target, String blanks) throws IOException {
    Files.createDirectories(target);
    for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(folder().resolve(name), target.resolve(name));
    }
    Files.writeString(target.resolve("config.json"), blanks, StandardOpenOption.APPEND);
    return target;
  }

  /** Names of classes. */
  public static List<String> classes(int count) {
    return Stream.of("a", "b", "c", "d").limit(count).toList();
  }

  /** Texts of 3 to 12 words, more of them of their class's part of the vocabulary. */
  public static List<Example> examples(String name, int count, int classes, boolean pairs) {
    SplittableRandom random = new SplittableRandom(Seeds.of(name));
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int label = random.nextInt(classes);
      examples.add(
          new Example(
              text(random, label, classes),
              pairs ? text(random, label, classes) : null,
              classes(classes).get(label)));
    }
    return examples;
  }

  private static String text(SplittableRandom random, int label, int classes) {
    int own = WORDS.length / classes;
    List<String> words = new ArrayList<>();
    int length = random.nextInt(3, 13);
    for (int w = 0; w < length; w++) {
      words.add(
          random.nextInt(3) > 0
              ? WORDS[label * own + random.nextInt(own)]
              : WORDS[random.nextInt(WORDS.length)]);
    }
    return String.join(" ", words);
  }

  /** Three tasks of 3, 3 and 1 shards; the second holds out its validation examples. */
  static List<TaskData<Example>> tasks(JavaSparkContext spark) {
    return List.of(
        task(spark, "law", 43, 15, 2, false),
        TaskData.classification(
            "medicine", classes(3), spark.parallelize(examples("medicine", 61, 3, false)), null),
        task(spark, "pairs", 11, 25, 2, true));
  }

  /** A task with validation examples. */
  public static TaskData<Example> task(
      JavaSparkContext spark,
      String name,
      int training,
      int validation,
      int classes,
      boolean pairs) {
    return TaskData.classification(
        name,
        classes(classes),
        spark.parallelize(examples(name, training, classes, pairs)),
        spark.parallelize(examples(name + " validation", validation, classes, pairs)));
  }
}
