package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.spark.TinyModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A draft whose steps a classifier scores, by both commands; nothing here is trained. */
class RewardCliTest {
  private static final List<String> CLASSES = List.of("wrong", "right");

  @TempDir static Path folder;
  @TempDir Path other;

  /** Adapters of random parameters: of a language model, of its draft, and a classifier. */
  @BeforeAll
  static void write() {
    BaseModel base = BaseModel.load(TinyModel.LLAMA.toString());
    AdapterConfig config = AdapterConfig.defaults().withRank(2);
    AdaptedModules modules = new AdaptedModules(base.linears(), config);
    float[] initial = modules.initial(3);
    PromptConfig prompt = PromptConfig.defaults().withTemplate("alpaca");
    for (int seed = 1; seed <= 2; seed++) {
      save("model" + seed, base, config, modules, noisy(initial, seed), initial, prompt);
    }
    float[] head = TextClassifier.initialParameters(initial, base.encoder(), CLASSES.size(), 4);
    save("scorer", base, config, modules, noisy(head, 5), initial, null);
  }

  private static float[] noisy(float[] start, int seed) {
    Random random = new Random(seed);
    float[] noisy = start.clone();
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] += (float) (0.2 * random.nextGaussian());
    }
    return noisy;
  }

  private static void save(
      String task,
      BaseModel base,
      AdapterConfig config,
      AdaptedModules modules,
      float[] theta,
      float[] initial,
      PromptConfig prompt) {
    AdapterStore.Description description =
        new AdapterStore.Description(
            1,
            task,
            prompt == null ? CLASSES : List.of(),
            base.location(),
            base.fingerprint(),
            64,
            config,
            prompt);
    AdapterStore.save(
        folder.resolve(task),
        TrainedAdapter.of(
            prompt == null ? description.withPooling(Pooling.LAST) : description,
            modules,
            theta,
            initial));
  }

  private static String path(String task) {
    return folder.resolve(task).toString();
  }

  private static CliRun chat(String... arguments) {
    List<String> all = new ArrayList<>(List.of("chat", path("model1"), "--max-new-tokens", "20"));
    all.addAll(List.of(arguments));
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("the court\n".getBytes(StandardCharsets.UTF_8)));
    try {
      return CliRun.cola(all);
    } finally {
      System.setIn(before);
    }
  }

  /** Without what the draft was good for. */
  private static String answers(CliRun run) {
    return run.succeeds().out().replaceAll("draft: .*\\R", "");
  }

  private static String[] draft(String... more) {
    List<String> all = new ArrayList<>(List.of("--draft", TinyModel.LLAMA.toString()));
    all.addAll(List.of("--draft-adapter", path("model2"), "--reward", path("scorer")));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void theThresholdDecidesWhichModelWritesTheSteps() {
    String target = answers(chat());
    String drafts = answers(chat(draft("--reward-threshold", "0")));
    assertThat(drafts).isNotEqualTo(target);
    CliRun rejected = chat(draft("--reward-threshold", "1"));
    assertThat(answers(rejected)).isEqualTo(target);
    assertThat(rejected.out()).contains("draft: 0.0% of ");
    assertThat(chat(draft("--reward-threshold", "0")).out()).contains("draft: 100.0% of ");
    // two labels: where one of them is above a half, the other is below
    String right = answers(chat(draft("--reward-threshold", "0.5")));
    String wrong = answers(chat(draft("--reward-threshold", "0.5", "--reward-label", "wrong")));
    assertThat(right).isNotEqualTo(wrong);
  }

  @Test
  void executorsScoreToo() throws IOException {
    Path data =
        Files.writeString(
            other.resolve("data.jsonl"),
            IntStream.range(0, 12)
                .mapToObj(i -> "{\"instruction\": \"the court " + i + "\"}\n")
                .collect(Collectors.joining()));
    Path alone = predict(data, "alone");
    assertThat(predict(data, "rejected", draft("--reward-threshold", "1")))
        .hasSameTextualContentAs(alone);
    assertThat(Files.readString(predict(data, "kept", draft("--reward-threshold", "0"))))
        .isNotEqualTo(Files.readString(alone));
  }

  private Path predict(Path data, String name, String... more) {
    Path output = other.resolve(name + ".jsonl");
    List<String> all =
        new ArrayList<>(List.of("predict", path("model1"), "--data", data.toString()));
    all.addAll(List.of("--output", output.toString(), "--max-new-tokens", "12"));
    all.addAll(List.of(more));
    CliRun.cola(all).succeeds();
    return output;
  }

  @Test
  void refusesWhatCannotScore() {
    chat("--reward", path("scorer")).failsWith(2, "--reward needs its model; give --draft too");
    chat(draft("--reward-threshold", "2")).failsWith(2, "must be of 0 to 1, got 2.0");
    chat(draft("--reward-label", "good"))
        .failsWith(1, "has no label 'good'; expected one of [wrong, right]");
    chat("--draft", TinyModel.LLAMA.toString(), "--reward", path("model2"))
        .failsWith(1, "gives no probability of a label; expected a classifier");
    chat("--draft", TinyModel.LLAMA.toString(), "--draft-adapter", path("scorer"))
        .failsWith(1, "is a classifier's; a draft model's must be a language model's");
  }
}
