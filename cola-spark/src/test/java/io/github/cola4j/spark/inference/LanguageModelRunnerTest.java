package io.github.cola4j.spark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.HeldBySpark;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.language.LanguageModeling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters of different shapes and templates on the tiny Llama, whose factors are random. */
class LanguageModelRunnerTest {
  private static final Sampling SAMPLING =
      Sampling.defaults().withMaxNewTokens(9).withTemperature(0.7).withTopP(0.95).withSeed(3L);
  private static final List<String> TASKS = List.of("law", "math", "song");
  private static final List<String> TEMPLATES = List.of("model", "plain", "alpaca");

  @TempDir static Path folder;

  private static SparkSession session;
  private static JavaSparkContext spark;
  private static BaseModel base;
  private static final Map<String, LanguageModel> MODELS = new HashMap<>();

  @BeforeAll
  static void write() {
    session = TestSpark.open("local[2]");
    spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    base = BaseModelCache.load(TinyModel.LLAMA.toString());
    for (int t = 0; t < TASKS.size(); t++) {
      AdapterConfig config =
          AdapterConfig.defaults()
              .withA(1 + t)
              .withB(3)
              .withRank(2 + t)
              .withPairing("heuristic")
              .withInit("pissa")
              .withDropout(0.0);
      AdaptedModules modules = new AdaptedModules(base.transformer().linears(), config);
      float[] initial = modules.initial(t);
      float[] theta = initial.clone();
      SplittableRandom random = new SplittableRandom(t);
      for (int i = 0; i < theta.length; i++) {
        theta[i] += (float) (0.1 * random.nextGaussian());
      }
      AdapterStore.save(
          folder.resolve(TASKS.get(t)),
          TrainedAdapter.of(
              new AdapterStore.Description(
                  1,
                  TASKS.get(t),
                  List.of(),
                  base.location(),
                  base.fingerprint(),
                  40,
                  config,
                  PromptConfig.defaults().withTemplate(TEMPLATES.get(t))),
              modules,
              theta,
              initial));
      LanguageModel model = new LanguageModel(base.decoder(), modules, initial, false);
      model.theta().set(theta);
      MODELS.put(TASKS.get(t), model);
    }
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private static LanguageModelRunner runner(String... tasks) {
    List<Path> folders =
        IntStream.range(0, tasks.length).mapToObj(i -> folder.resolve(tasks[i])).toList();
    return new LanguageModelRunner(spark, folders, null);
  }

  /** Tasks by turns; two rows are too long. */
  private static List<PromptRow> rows() {
    return IntStream.range(0, 50)
        .mapToObj(
            i -> {
              String text = i % 20 == 7 ? "x".repeat(300) : "row " + i + " of".repeat(i % 7);
              return new PromptRow(
                  TASKS.get(i % 3), Dialogue.question(text), DialogueFormat.ALPACA, "f", i + 1);
            })
        .toList();
  }

  @Test
  void answersAreThoseOfEachRowAloneWhateverThePartitions() {
    List<PromptRow> rows = rows();
    List<LanguageModelRunner.Answer> first;
    try (LanguageModelRunner runner = runner("law", "math", "song")) {
      first = runner.answer(spark.parallelize(rows, 1), SAMPLING).collect();
      assertThat(runner.answer(spark.parallelize(rows, 3), SAMPLING).collect()).isEqualTo(first);
      List<BadRow> refused = runner.refused(spark.parallelize(rows, 3)).collect();
      assertThat(refused).extracting(BadRow::line).containsExactly(8L, 28L, 48L);
      assertThat(refused.get(0).reason()).startsWith("the prompt has 3").contains("256 positions");
    }
    assertThat(first).hasSize(47);
    for (LanguageModelRunner.Answer answer : first) {
      assertThat(answer.text()).as("row %s", answer.row()).isEqualTo(alone(answer.row()));
    }
    assertThat(first).extracting(LanguageModelRunner.Answer::ended).contains(false);
  }

  /** Without Spark, batches and other tasks. */
  private static String alone(PromptRow row) {
    PromptConfig prompt =
        PromptConfig.defaults().withTemplate(TEMPLATES.get(TASKS.indexOf(row.task())));
    Adapters adapters = MODELS.get(row.task()).adapters();
    List<Integer> ids = new ArrayList<>();
    try (Pass pass = new Pass(base.decoder().type())) {
      pass.startEvaluation();
      adapters.refresh(pass, 0, false);
      Set<Integer> stops = base.stopIds(prompt);
      int[] tokens = base.dialogues(prompt, 256).prompt(row.dialogue());
      new TextGenerator(base.decoder())
          .generate(
              pass,
              List.of(new TextGenerator.Text(tokens, adapters, stops, row.line() - 1)),
              SAMPLING,
              (text, token) -> ids.add(token));
    }
    return base.textTokenizer().decode(ids.stream().mapToInt(Integer::intValue).toArray(), false);
  }

  @Test
  void theFrozenModelIsTheOneWithoutAnAdapter() {
    List<Dialogue> dialogues =
        IntStream.range(0, 70)
            .mapToObj(i -> Dialogue.alpaca("say " + i, null, i % 9 == 0 ? " " : "yes " + i))
            .toList();
    try (LanguageModelRunner runner = runner("law", "math", "song")) {
      LanguageModelRunner.Score adapted =
          runner.evaluate("law", false, spark.parallelize(dialogues, 2));
      LanguageModelRunner.Score frozen =
          runner.evaluate("law", true, spark.parallelize(dialogues, 3));
      assertThat(frozen.dropped()).isEqualTo(8);
      assertThat(frozen.dialogues()).isEqualTo(62);
      assertThat(adapted.tokens().examples()).isEqualTo(frozen.tokens().examples());
      assertThat(adapted.tokens().loss()).isNotCloseTo(frozen.tokens().loss(), Offset.offset(1e-2));
      assertThat(runner.evaluate("law", true, spark.parallelize(dialogues, 1)))
          .usingRecursiveComparison()
          .isEqualTo(frozen);
      Evaluation without = withoutAdapter(dialogues);
      assertThat(frozen.tokens().right()).isEqualTo(without.right());
      assertThat(frozen.tokens().loss()).isCloseTo(without.loss(), Offset.offset(1e-4));
    }
  }

  /** By an adapter all of whose factors are zero. */
  private static Evaluation withoutAdapter(List<Dialogue> dialogues) {
    LanguageModeling objective =
        new LanguageModeling(PromptConfig.defaults().withTemplate("model"));
    List<Sample> samples =
        dialogues.stream()
            .map(dialogue -> objective.encode(base, 40, dialogue).sample())
            .filter(Objects::nonNull)
            .toList();
    AdaptedModules modules =
        new AdaptedModules(base.transformer().linears(), AdapterConfig.defaults());
    float[] zero = new float[modules.layout().length()];
    LanguageModel model = new LanguageModel(base.decoder(), modules, zero, false);
    try (Pass pass = new Pass(base.decoder().type())) {
      return Evaluation.of(model, pass, zero, samples, 500);
    }
  }

  @Test
  void refusesAdaptersThatDoNotGoTogether() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> runner("law", "law"))
        .withMessageContaining("is of the task 'law' as another one is");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdapterRunner(spark, folder.resolve("law"), null))
        .withMessageContaining("is a language model's");
    HeldBySpark.awaitNothing(spark);
  }

  @Test
  void letsGoOfItsBroadcasts() {
    try (LanguageModelRunner runner = runner("law", "math")) {
      List<PromptRow> rows = List.of(rows().get(0), rows().get(1));
      assertThat(runner.answer(spark.parallelize(rows, 1), SAMPLING).count()).isEqualTo(2);
      assertThat(HeldBySpark.states()).isPositive();
    }
    HeldBySpark.awaitNothing(spark);
  }
}
