package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Steps that train some kinds of parameters, and steps with a gradient from elsewhere. */
class TrainedKindsTest {
  private static final double RATE = 1e-3;
  private static final double HEAD_RATE = 1e-2;
  private static final double DECAY = 0.01;
  private static final double CLIP = 1e-2;
  private static final double EPS = 1e-6;
  private static final Shard SHARD = new Shard(7, 0, 2, 10, Goldens.samples());

  private final Pass pass = new Pass(DataType.FLOAT);
  private final BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
  private final AdaptedModules modules =
      new AdaptedModules(
          encoder.linears(),
          AdapterConfig.defaults()
              .withA(2)
              .withB(3)
              .withRank(2)
              .withPairing("heuristic")
              .withInit("pissa")
              .withDropout(0.0));
  private final float[] initial = modules.initial(1);
  private final TextClassifier classifier =
      new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
  private final TrainingConfig config =
      TrainingConfig.defaults()
          .withBatchSize(3)
          .withAccumulation(1)
          .withMaxTokens(2048)
          .withOptimizer(
              OptimizerConfig.defaults()
                  .withLearningRate(RATE)
                  .withHeadLearningRate(HEAD_RATE)
                  .withWeightDecay(DECAY)
                  .withEps(EPS)
                  .withClipNorm(CLIP))
          .withSchedule(ScheduleConfig.defaults().withName("constant"))
          .withSeed(1L);
  private final LocalTrainer trainer = new LocalTrainer(classifier, pass, config);

  @AfterEach
  void free() {
    pass.close();
  }

  /** A state with moments, after four steps. */
  private TaskState start() {
    float[] theta = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2);
    return trainer.train(TaskState.initial(theta), SHARD, 4).state();
  }

  @Test
  void theRestStaysAndDoesNotCountInTheNorm() {
    TaskState before = start();
    LocalSteps steps = new LocalSteps(1, Map.of(Kind.B, 2, Kind.HEAD, 4));
    float[] gradient = trainer.gradient(before, SHARD).mean();

    TaskState after = trainer.train(before, SHARD, steps).state();

    ParameterLayout layout = classifier.layout();
    double squares = 0;
    for (Entry entry : layout.entries()) {
      for (int i = entry.offset(); i < entry.offset() + entry.length(); i++) {
        squares += entry.kind() == Kind.A ? 0 : (double) gradient[i] * gradient[i];
      }
    }
    double scale = Math.min(1, CLIP / (Math.sqrt(squares) + 1e-6));
    assertThat(scale).isLessThan(0.9);
    assertThat(after.step()).isEqualTo(5);
    for (Entry entry : layout.entries()) {
      for (int i = entry.offset(); i < entry.offset() + entry.length(); i++) {
        if (entry.kind() == Kind.A) {
          assertThat(after.theta()[i]).isEqualTo(before.theta()[i]);
          assertThat(after.m()[i]).isEqualTo(before.m()[i]);
          assertThat(after.v()[i]).isEqualTo(before.v()[i]);
        } else {
          int t = entry.kind() == Kind.B ? 3 : 5;
          double rate = entry.kind() == Kind.B ? RATE : HEAD_RATE;
          double g = scale * gradient[i];
          double m = 0.9 * before.m()[i] + 0.1 * g;
          double v = 0.999 * before.v()[i] + 0.001 * g * g;
          double update =
              m / (1 - Math.pow(0.9, t)) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + EPS);
          double theta = before.theta()[i] * (1 - rate * DECAY) - rate * update;
          assertThat((double) after.theta()[i]).isCloseTo(theta, Offset.offset(2e-6));
          assertThat((double) after.m()[i]).isCloseTo(m, Offset.offset(1e-8));
        }
      }
    }
  }

  @Test
  void aResidualPairIsNotTrained() {
    AdapterConfig residual =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withPairing("full")
            .withInit("pissa")
            .withDropout(0.1)
            .withResidual(3);
    AdaptedModules own = new AdaptedModules(encoder.linears(), residual);
    float[] start = own.initial(1);
    TextClassifier model = new TextClassifier(encoder, own, start, Goldens.CLASSES);
    float[] theta = TextClassifier.initialParameters(start, Goldens.CLASSES, 32, 2);
    List<Entry> fixed =
        own.layout().entries().stream().filter(e -> e.kind() == Kind.FIXED).toList();
    for (Entry entry : fixed) {
      Arrays.fill(theta, entry.offset(), entry.offset() + entry.length(), 0.01f);
    }

    TaskState after =
        new LocalTrainer(model, pass, config).train(TaskState.initial(theta), SHARD, 4).state();

    assertThat(fixed).hasSize(2 * own.linears().size());
    int changed = 0;
    for (Entry entry : model.layout().entries()) {
      int end = entry.offset() + entry.length();
      if (entry.kind() == Kind.FIXED) {
        assertThat(Arrays.copyOfRange(after.theta(), entry.offset(), end)).containsOnly(0.01f);
        assertThat(Arrays.copyOfRange(after.m(), entry.offset(), end)).containsOnly(0);
        assertThat(Arrays.copyOfRange(after.v(), entry.offset(), end)).containsOnly(0);
      } else {
        for (int i = entry.offset(); i < end; i++) {
          changed += after.theta()[i] != theta[i] ? 1 : 0;
        }
      }
    }
    assertThat(changed).isGreaterThan(9 * model.layout().trained() / 10);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LocalSteps(1, Map.of(Kind.FIXED, 0)))
        .withMessageContaining("that can be trained");
  }

  @Test
  void aStepWithAGradientFromElsewhereIsTheSameStepToTheBit() {
    TaskState before = start();
    LocalTrainer.Gradient gradient = trainer.gradient(before, SHARD);

    LocalTrainer.Result local = trainer.train(before, SHARD, 1);
    ParameterLayout layout = modules.layout(Goldens.CLASSES, 32);
    GradientStep.Result step =
        GradientStep.take(
            DataType.FLOAT,
            layout,
            config,
            before,
            gradient.mean(),
            LocalSteps.all(1, before.step()),
            10);

    TaskState taken = step.state();
    assertThat(local.norms()).isEqualTo(new GradientNorms(step.norm(), 1));
    assertThat(step.norm()).isCloseTo(norm(gradient.mean()), Offset.offset(1e-5));
    assertThat(taken.theta()).isEqualTo(local.state().theta()).isNotEqualTo(before.theta());
    assertThat(taken.m()).isEqualTo(local.state().m());
    assertThat(taken.v()).isEqualTo(local.state().v());
    assertThat(taken.step()).isEqualTo(5);
    assertThat(gradient.lossSum()).isEqualTo(local.lossSum());
    assertThat(gradient.labels()).isEqualTo(local.labels()).isEqualTo(3);
    assertThat(gradient.examples()).isEqualTo(local.examples());
    assertThat(gradient.tokens()).isEqualTo(local.tokens());
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
