package io.github.cola4j.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.HeldBySpark;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.train.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterRunnerTest {
  private static final int CLASSES = 3;
  private static final int MAX_LENGTH = 9;
  private static final AdapterConfig ADAPTER = TinyTasks.adapter("heuristic", 0);

  @TempDir static Path folder;

  private static SparkSession session;
  private static JavaSparkContext spark;
  private static BaseModel model;
  private static MultiTaskTrainer trainer;
  private static float[] theta;
  // more than the runner takes at once
  private static final List<Example> DATA = TinyTasks.examples("use", 1100, CLASSES, true);

  @BeforeAll
  static void train() {
    session = TestSpark.open("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    model = BaseModelCache.load(TinyTasks.folder().toString());
    trainer =
        new MultiTaskTrainer(
            spark, model, ADAPTER, TinyTasks.TRAINING, TinyTasks.rounds(0, Scope.TASK));
    theta =
        trainer
            .train(List.of(TinyTasks.task(spark, "use", 60, 20, CLASSES, true)), round -> {})
            .get(0)
            .theta();
    AdapterStore.save(
        folder.resolve("adapter"),
        TrainedAdapter.of(
            new AdapterStore.Description(
                1,
                "use",
                TinyTasks.classes(CLASSES),
                model.location(),
                model.fingerprint(),
                MAX_LENGTH,
                ADAPTER,
                null),
            trainer.modules(),
            theta,
            trainer.initial()));
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  /** The logits, without Spark and without batches. */
  private static float[][] logits() {
    Tokenizer tokenizer = model.tokenizer(MAX_LENGTH);
    AdaptedModules modules = new AdaptedModules(model.encoder().linears(), ADAPTER);
    TextClassifier classifier =
        new TextClassifier(model.encoder(), modules, trainer.initial(), CLASSES);
    try (Pass pass = new Pass(model.encoder().type())) {
      return DATA.stream()
          .map(
              e -> {
                Sample sample = tokenizer.encode(e.text(), e.pair(), Sample.IGNORED).sample();
                return classifier.logits(pass, theta, List.of(sample), 1000)[0];
              })
          .toArray(float[][]::new);
    }
  }

  private static AdapterRunner runner(String modelLocation) {
    return new AdapterRunner(spark, folder.resolve("adapter"), modelLocation);
  }

  @Test
  void predictsWhatTheClassifierSays() {
    float[][] logits = logits();

    List<AdapterRunner.Prediction> predictions;
    try (AdapterRunner runner = runner(null)) {
      predictions = runner.predict(spark.parallelize(DATA, 2)).collect();
    }

    assertThat(predictions).extracting(AdapterRunner.Prediction::example).isEqualTo(DATA);
    for (int i = 0; i < logits.length; i++) {
      int answer = Answers.argMax(logits[i]);
      assertThat(predictions.get(i).label()).isEqualTo(TinyTasks.classes(CLASSES).get(answer));
      assertThat(predictions.get(i).probability())
          .isCloseTo(Math.exp(Answers.logProbability(logits[i], answer)), Offset.offset(1e-5));
    }
    assertThat(predictions)
        .extracting(AdapterRunner.Prediction::label)
        .containsAll(TinyTasks.classes(CLASSES));
  }

  @Test
  void evaluatesWhatTheClassifierSays() {
    int[] labels =
        DATA.stream().mapToInt(e -> TinyTasks.classes(CLASSES).indexOf(e.label())).toArray();
    Evaluation expected = Evaluation.of(CLASSES, Answers.of(logits(), labels), labels);

    Evaluation evaluation;
    try (AdapterRunner runner = runner(null)) {
      evaluation = runner.evaluate(spark.parallelize(DATA, 3));
    }

    assertThat(evaluation.right()).isEqualTo(expected.right());
    assertThat(evaluation.predicted()).isEqualTo(expected.predicted());
    assertThat(evaluation.actual()).isEqualTo(expected.actual());
    assertThat(evaluation.loss()).isCloseTo(expected.loss(), Offset.offset(1e-5));
    assertThat(evaluation.accuracy()).isGreaterThan(0.4);
  }

  @Test
  void labelsOfNoUseToAPrediction() {
    List<Example> unlabelled =
        IntStream.range(0, 5).mapToObj(i -> unlabelled(DATA.get(i))).toList();

    try (AdapterRunner runner = runner(null)) {
      assertThat(runner.predict(spark.parallelize(unlabelled, 1)).map(p -> p.label()).collect())
          .isEqualTo(
              runner
                  .predict(spark.parallelize(DATA.subList(0, 5), 1))
                  .map(p -> p.label())
                  .collect());
    }
  }

  private static Example unlabelled(Example example) {
    return new Example(example.text(), example.pair(), null);
  }

  @Test
  void refusesALabelItDoesNotKnow() {
    List<Example> data = List.of(DATA.get(0), new Example("bank", "court", "z"));

    try (AdapterRunner runner = runner(null)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> runner.evaluate(spark.parallelize(data)))
          .withMessage("labels that the adapter does not know: [z]; its classes are [a, b, c]");
    }
  }

  @Test
  void refusesAnotherModel() throws IOException {
    Path other = TinyTasks.copy(folder.resolve("other"), "\n  \n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> runner(other.toString()))
        .withMessageContaining("was trained on another model")
        .withMessageContaining(model.fingerprint());
  }

  @Test
  void letsGoOfItsBroadcasts() {
    try (AdapterRunner runner = runner(null)) {
      assertThat(runner.evaluate(spark.parallelize(DATA.subList(0, 9))).examples()).isEqualTo(9);
      assertThat(HeldBySpark.states()).isPositive();
    }
    HeldBySpark.awaitNothing(spark);
  }
}
