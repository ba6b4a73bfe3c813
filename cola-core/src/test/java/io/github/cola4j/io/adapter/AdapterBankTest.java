package io.github.cola4j.io.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.combine.TaskArithmetic;
import io.github.cola4j.adapter.combine.TruncatedArithmetic;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.model.llama.LlamaDecoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Several adapters on one tiny BERT and one tiny Llama. */
class AdapterBankTest {
  private static final BaseModel BERT = BaseModel.load(Goldens.path("bert/model"));
  private static final BaseModel LLAMA = BaseModel.load(Goldens.path("decoder/llama/model"));
  private static final List<String> CLASSES = List.of("a", "b", "c");

  @TempDir private Path folder;
  private final Pass pass = new Pass(DataType.FLOAT);

  @AfterEach
  void free() {
    pass.close();
  }

  private static AdapterConfig cola(String pairing, List<String> targets) {
    return AdapterConfig.defaults()
        .withA(2)
        .withB(3)
        .withRank(2)
        .withPairing(pairing)
        .withInit("pissa")
        .withDropout(0.0)
        .withTargets(targets);
  }

  /** An adapter with random values. */
  private static TrainedAdapter stored(
      BaseModel base, AdapterConfig config, List<String> classes, long seed) {
    AdaptedModules modules = new AdaptedModules(base.transformer().linears(), config);
    int d = base.transformer().config().hiddenSize();
    float[] initial = modules.initial(seed);
    float[] theta = new float[modules.layout(classes.size(), d).length()];
    System.arraycopy(initial, 0, theta, 0, initial.length);
    Random random = new Random(seed);
    for (int i = 0; i < theta.length; i++) {
      theta[i] += (float) (0.1 * random.nextGaussian());
    }
    return TrainedAdapter.of(
        new AdapterStore.Description(
            1,
            "task",
            classes,
            base.location(),
            base.fingerprint(),
            32,
            config,
            classes.isEmpty() ? PromptConfig.defaults() : null),
        new AdaptedModules(base.transformer().linears(), config),
        theta,
        initial);
  }

  private float[] embeddings(Adapters adapters) {
    pass.startEvaluation();
    return BERT.encoder().encode(pass, adapters, Goldens.batch()).toArray();
  }

  private float[] embeddings(AdapterBank bank) {
    pass.startEvaluation();
    return embeddings(bank.adapters(pass));
  }

  @Test
  void oneOfThemIsActiveOrNone() {
    AdapterBank bank = new AdapterBank(BERT);
    bank.add("one", stored(BERT, cola("full", null), CLASSES, 1));
    bank.add("two", stored(BERT, cola("heuristic", List.of("query")), CLASSES, 2));
    float[] base = embeddings(Adapters.NONE);
    assertThat(embeddings(bank)).containsExactly(base);
    bank.activate("one");
    float[] one = embeddings(bank);
    bank.activate("two");
    float[] two = embeddings(bank);
    assertThat(one).isNotEqualTo(base);
    assertThat(two).isNotEqualTo(base).isNotEqualTo(one);
    assertThat(bank.active()).contains("two");
    assertThat(bank.names()).containsExactly("one", "two");
    assertThat(bank).hasToString("adapters of " + BERT.location() + ": one, two (active)");
    bank.remove("two");
    assertThat(bank.active()).isEmpty();
    assertThat(embeddings(bank)).containsExactly(base);
    bank.activate("one");
    assertThat(embeddings(bank)).containsExactly(one);
    bank.disable();
    assertThat(embeddings(bank)).containsExactly(base);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bank.activate("two"))
        .withMessageContaining("'two'")
        .withMessageContaining("[one]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bank.add("one", bank.get("one")))
        .withMessageContaining("already");
  }

  @Test
  void anAdapterOfAnotherModelIsRefused() {
    TrainedAdapter stored = stored(LLAMA, cola("full", null), List.of(), 1);
    AdapterStore.save(folder, stored);
    AdapterBank bank = new AdapterBank(BERT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bank.add("x", folder))
        .withMessageContaining("another model");
    AdapterBank right = new AdapterBank(LLAMA);
    right.add("x", folder);
    assertThat(right.get("x").theta()).containsExactly(stored.theta());
  }

  @Test
  void mergedWeightsComputeAsTheAdapterAndTheModelStaysAsItIs() {
    for (String pairing : List.of("full", "heuristic", "random")) {
      AdapterBank bank = new AdapterBank(BERT);
      bank.add("one", stored(BERT, cola(pairing, null), CLASSES, 1));
      float[] base = embeddings(Adapters.NONE);
      bank.activate("one");
      float[] adapted = embeddings(bank);
      BertEncoder merged = (BertEncoder) bank.merged(pass);
      pass.startEvaluation();
      float[] plain = merged.encode(pass, Adapters.NONE, Goldens.batch()).toArray();
      assertThat(distance(plain, adapted)).as(pairing).isLessThan(1e-5);
      assertThat(embeddings(Adapters.NONE)).containsExactly(base);
      assertThat(bank.merged(pass)).isNotSameAs(BERT.transformer());
    }
  }

  @Test
  void aDecoderIsMergedToo() {
    AdapterBank bank = new AdapterBank(LLAMA);
    bank.add("one", stored(LLAMA, cola("heuristic", null), List.of(), 4));
    bank.activate("one");
    TokenBatch batch = new TokenBatch(new int[] {5, 9, 2, 7}, new int[4], new int[] {0, 4});
    int[] all = {0, 1, 2, 3};
    int d = LLAMA.decoder().config().hiddenSize();
    pass.startEvaluation();
    Adapters adapters = bank.adapters(pass);
    Matrix adapted = pass.matrix(d, 4);
    LLAMA.decoder().encode(pass, adapters, batch, all, adapted);
    Matrix plain = pass.matrix(d, 4);
    ((LlamaDecoder) bank.merged(pass)).encode(pass, Adapters.NONE, batch, all, plain);
    assertThat(Matrices.distance(plain, adapted)).isLessThan(1e-5);
  }

  @Test
  void theSumOfAnAdapterAndNothingIsTheAdapter() {
    AdapterBank bank = new AdapterBank(BERT);
    bank.add("one", stored(BERT, cola("heuristic", null), CLASSES, 1));
    bank.add("two", stored(BERT, cola("full", List.of("query")), CLASSES, 2));
    bank.activate("one");
    float[] one = embeddings(bank);
    TrainedAdapter sum =
        bank.combine("sum", List.of("one", "two"), List.of(1.0, 0.0), new TaskArithmetic());
    bank.add("sum", sum);
    bank.activate("sum");
    assertThat(distance(embeddings(bank), one)).isLessThan(1e-5);
    assertThat(sum.description().adapter().method()).isEqualTo("lora");
    int length = bank.get("one").theta().length;
    int head = 3 * 32 + 3;
    assertThat(Arrays.copyOfRange(sum.theta(), sum.initial().length, sum.theta().length))
        .containsExactly(Arrays.copyOfRange(bank.get("one").theta(), length - head, length));
    for (int rank : new int[] {1, 6}) {
      String name = "rank " + rank;
      bank.add(
          name, bank.combine("s", List.of("one"), List.of(1.0), new TruncatedArithmetic(rank)));
      bank.activate(name);
      assertThat(bank.get(name).description().adapter().rank()).isEqualTo(rank);
      assertThat(distance(embeddings(bank), one) < 1e-5).as(name).isEqualTo(rank == 6);
    }
  }

  @Test
  void aCombinedAdapterIsStoredAndLoaded() {
    AdapterBank bank = new AdapterBank(BERT);
    bank.add("one", stored(BERT, cola("full", null), CLASSES, 1));
    bank.add("two", stored(BERT, cola("full", null), CLASSES, 2));
    TrainedAdapter sum =
        bank.combine("sum", List.of("one", "two"), List.of(0.5, 0.5), new TaskArithmetic());
    AdapterStore.save(folder, sum);
    bank.add("stored", folder);
    assertThat(bank.get("stored").theta()).containsExactly(sum.theta());
    assertThat(bank.get("stored").description()).isEqualTo(sum.description());
  }

  @Test
  void whatDoesNotFitIsNotCombined() {
    AdapterBank bank = new AdapterBank(BERT);
    bank.add("one", stored(BERT, cola("full", null), CLASSES, 1));
    bank.add("two", stored(BERT, cola("full", null), List.of("x", "y"), 2));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> bank.combine("s", List.of("one", "two"), List.of(1.0, 1.0), new TaskArithmetic()))
        .withMessageContaining("'one'")
        .withMessageContaining("[x, y]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> bank.combine("s", List.of("one"), List.of(), new TaskArithmetic()))
        .withMessageContaining("a weight for each");
  }

  private static double distance(float[] actual, float[] expected) {
    double[] a = new double[actual.length];
    double[] e = new double[expected.length];
    for (int i = 0; i < a.length; i++) {
      a[i] = actual[i];
      e[i] = expected[i];
    }
    return Matrices.distance(a, e);
  }
}
