package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Factors that stay equal, kept once, against every one for itself, with decay and clipping. */
class CollapsedFactorsTest {
  private static final int STEPS = 50;
  private static final float TOLERANCE = 1e-5f;
  private static final double CLIP = 0.3;

  private final BertEncoder encoder = Goldens.encoder(DataType.FLOAT);

  private AdaptedModules modules(int a, int b, AdapterConfig with) {
    return new AdaptedModules(encoder.linears(), with.withA(a).withB(b).withRank(2));
  }

  private AdaptedModules modules(int a, int b) {
    return modules(a, b, AdapterConfig.defaults());
  }

  private TaskState train(AdaptedModules modules, double clip) {
    float[] initial = modules.initial(1);
    TextClassifier model = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[] theta = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 4);
    OptimizerConfig optimizer =
        OptimizerConfig.defaults()
            .withLearningRate(2e-3)
            .withBRatio(1.5)
            .withHeadLearningRate(1e-3)
            .withWeightDecay(0.1)
            .withClipNorm(clip);
    TrainingConfig config =
        TrainingConfig.defaults().withBatchSize(6).withOptimizer(optimizer).withSeed(1L);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      return new LocalTrainer(model, pass, config)
          .train(TaskState.initial(theta), new Shard(1, 0, 1, STEPS, Goldens.samples()), STEPS)
          .state();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2, 3, full, 0",
    "3, 2, full, 0",
    "4, 7, full, 0",
    "1, 3, full, 0",
    "2, 1, full, 3",
    "1, 2, heuristic, 0"
  })
  void trainsAsEveryFactorForItself(int a, int b, String pairing, int residual) {
    AdaptedModules every =
        modules(
            a,
            b,
            AdapterConfig.defaults()
                .withPairing(pairing)
                .withResidual(residual)
                .withOverrides(List.of(new AdapterConfig.Override("intermediate", 3, 5.0))));
    AdaptedModules once = every.collapsed().orElseThrow();
    ParameterLayout layout = once.layout();
    assertThat(layout.expand(once.initial(1))).containsExactly(every.initial(1));

    TaskState expected = train(every, CLIP);
    TaskState trained = train(once, CLIP);

    assertThat(distance(layout.expand(trained.theta()), expected.theta())).isLessThan(TOLERANCE);
    assertThat(distance(layout.expand(trained.m()), expected.m())).isLessThan(TOLERANCE);
    assertThat(distance(layout.expand(trained.v()), expected.v())).isLessThan(TOLERANCE);
    assertThat(layout.collapse(expected.theta())).as("they stayed equal to the bit").isPresent();
    float[] factors = Arrays.copyOf(expected.theta(), layout.expandedLength());
    assertThat(distance(every.initial(1), factors)).isGreaterThan(1e-2f);
    // it is decay and clipping that were compared
    assertThat(distance(train(every, 0).m(), expected.m())).isGreaterThan(1e-3f);
  }

  private static float distance(float[] x, float[] y) {
    assertThat(x).hasSameSizeAs(y);
    float most = 0;
    for (int i = 0; i < x.length; i++) {
      most = Math.max(most, Math.abs(x[i] - y[i]));
    }
    return most;
  }

  @Test
  void withoutClippingItIsTheSameToTheBit() {
    AdaptedModules every = modules(2, 3);
    AdaptedModules once = every.collapsed().orElseThrow();

    TaskState trained = train(once, 0);

    assertThat(once.layout().expand(trained.theta())).isEqualTo(train(every, 0).theta());
  }

  @Test
  void theLayoutHasOnePairAModule() {
    AdaptedModules every = modules(2, 3, AdapterConfig.defaults().withTargets(List.of("query")));
    AdaptedModules once = every.collapsed().orElseThrow();
    String query = "encoder.layer.0.attention.self.query";

    assertThat(once.layout().entries().subList(0, 2))
        .containsExactly(
            new Entry(query + "/A", Kind.A, 0, 32, 2, 1, 2),
            new Entry(query + "/B", Kind.B, 64, 32, 2, 1, 3));
    assertThat(once.layout().length()).isEqualTo(every.layout().length() * 2 / 5);
    assertThat(once.layout().expandedLength()).isEqualTo(every.layout().length());
    assertThat(once.config()).isEqualTo(every.config());
    assertThat(once.collapsed()).isEmpty();
  }

  @Test
  void aVectorIsCollapsedIfItsCopiesAreEqualToTheBitAndWhatIsBehindThemStays() {
    ParameterLayout layout = modules(2, 3).collapsed().orElseThrow().layout();
    float[] vector = new float[layout.length() + 5];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = i % 977 - 400;
    }
    float[] expanded = layout.expand(vector);

    assertThat(expanded).hasSize(layout.expandedLength() + 5);
    assertThat(layout.collapse(expanded)).hasValueSatisfying(v -> assertThat(v).isEqualTo(vector));

    int ofB = layout.expandedLength() - 1; // of the last copy of the last B
    expanded[ofB] = Math.nextUp(expanded[ofB]);
    assertThat(layout.collapse(expanded)).isEmpty();
    expanded[ofB] = Math.nextDown(expanded[ofB]);
    expanded[expanded.length - 1]++; // the head's
    assertThat(layout.collapse(expanded)).isPresent();
  }

  @Test
  void whatMakesFactorsDifferKeepsEveryOne() {
    AdapterConfig fits = AdapterConfig.defaults();
    assertThat(modules(2, 3, fits).collapsed()).isPresent();
    for (AdapterConfig differs :
        List.of(
            fits.withDropout(0.1),
            fits.withPairing("random"),
            fits.withPairing("random-reversed"),
            fits.withPairing("heuristic"),
            fits.withInit("split-pissa"),
            fits.withInit("kaiming"))) {
      assertThat(modules(2, 3, differs).collapsed()).as(differs.toString()).isEmpty();
    }
    assertThat(modules(1, 1, fits).collapsed()).isEmpty();
    for (String other : List.of("pissa", "lora", "dora", "hydralora", "ia3", "miss")) {
      AdapterConfig config = AdapterConfig.of(other).withRank(2);
      assertThat(new AdaptedModules(encoder.linears(), config).collapsed()).as(other).isEmpty();
    }
  }
}
