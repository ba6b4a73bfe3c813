package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Merging;
import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Boosting on the tiny BERT of two layers. */
class BoostingTest {
  private static final int STEPS = 4;
  private static final int RANK = 3;

  private final Pass pass = new Pass(DataType.FLOAT);

  @AfterEach
  void free() {
    pass.close();
  }

  private static AdapterConfig lora(int rank) {
    return AdapterConfig.lora(rank).withAlpha(2.0 * rank);
  }

  private static TrainingConfig config(BoostingConfig boosting, double headRate) {
    OptimizerConfig optimizer =
        OptimizerConfig.defaults()
            .withLearningRate(5e-3)
            .withHeadLearningRate(headRate)
            .withWeightDecay(0.01);
    ScheduleConfig constant = new ScheduleConfig("constant", 0.0);
    return TrainingConfig.defaults()
        .withBatchSize(6)
        .withOptimizer(optimizer)
        .withSchedule(constant)
        .withBoosting(boosting)
        .withSeed(1L);
  }

  private static Shard shard(long seed) {
    return new Shard(seed, 0, 1, RANK * STEPS, Goldens.samples());
  }

  private TaskState train(
      BertEncoder encoder,
      AdaptedModules modules,
      float[] initial,
      TaskState state,
      BoostingConfig boosting,
      double headRate,
      int steps) {
    TextClassifier classifier = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    return new LocalTrainer(classifier, pass, config(boosting, headRate))
        .train(state, shard(7), steps)
        .state();
  }

  @Test
  void aPieceIsTrainedInItsStepsOnItsLayersAndNothingElse() {
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), lora(RANK));
    float[] initial = modules.initial(1);
    TaskState state =
        TaskState.initial(TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2));
    BoostingConfig boosting = new BoostingConfig(STEPS, 1);
    Set<String> layers = new HashSet<>();
    for (int piece = 0; piece < RANK; piece++) {
      TaskState after = train(encoder, modules, initial, state, boosting, 1e-2, STEPS);
      Set<String> changed = new HashSet<>();
      for (Entry entry : modules.layout(Goldens.CLASSES, 32).entries()) {
        for (int column = 0; column < entry.columns(); column++) {
          int from = entry.offset() + column * entry.rows();
          boolean moved = false;
          for (int i = from; i < from + entry.rows(); i++) {
            moved |= after.theta()[i] != state.theta()[i];
          }
          if (entry.kind() == Kind.HEAD) {
            assertThat(moved).isTrue();
          } else if (moved) {
            assertThat(column).isEqualTo(piece);
            changed.add(entry.name().substring(0, "encoder.layer.0".length()));
          }
        }
      }
      assertThat(changed).hasSize(1);
      layers.addAll(changed);
      state = after;
    }
    assertThat(layers).hasSize(2);
  }

  /**
   * The algorithm as the paper writes it, the head left alone: train a LoRA of rank 1, merge it,
   * start again.
   */
  @Test
  void isTheSameAsMergingAndStartingAgain() {
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), lora(RANK));
    float[] initial = modules.initial(1);
    float[] theta = TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2);
    BoostingConfig boosting = new BoostingConfig(STEPS, 0);
    TaskState boosted =
        train(encoder, modules, initial, TaskState.initial(theta), boosting, 0, RANK * STEPS);

    BertEncoder base = encoder;
    float[] head = Arrays.copyOfRange(theta, initial.length, theta.length);
    for (int piece = 0; piece < RANK; piece++) {
      AdaptedModules one = new AdaptedModules(base.linears(), lora(1));
      float[] start = new float[one.layout().length()];
      for (Entry entry : one.layout().entries()) {
        Entry wide = modules.layout().entry(entry.name());
        System.arraycopy(
            initial, wide.offset() + piece * wide.rows(), start, entry.offset(), entry.rows());
      }
      TextClassifier classifier = new TextClassifier(base, one, start, Goldens.CLASSES);
      TaskState state = TaskState.initial(concatenated(start, head));
      TaskState after =
          new LocalTrainer(classifier, pass, config(null, 0)).train(state, shard(7), STEPS).state();
      classifier.theta().set(after.theta());
      pass.startEvaluation();
      classifier.refresh(pass, 0, false);
      base = base.withLinears(linear -> Merging.merge(pass, classifier.adapters().get(linear)));
    }
    TextClassifier result = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    float[][] expected = logits(base, head);
    float[][] actual = result.logits(pass, boosted.theta(), Goldens.samples(), 2048);
    for (int s = 0; s < actual.length; s++) {
      assertThat(actual[s]).containsExactly(expected[s], Offset.offset(1e-4f));
    }
  }

  private float[][] logits(BertEncoder base, float[] head) {
    AdaptedModules one = new AdaptedModules(base.linears(), lora(1));
    float[] none = new float[one.layout().length()];
    return new TextClassifier(base, one, none, Goldens.CLASSES)
        .logits(pass, concatenated(none, head), Goldens.samples(), 2048);
  }

  private static float[] concatenated(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Test
  void whatDoesNotFitIsRefused() {
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), lora(2));
    float[] initial = modules.initial(1);
    TaskState start =
        TaskState.initial(TextClassifier.initialParameters(initial, Goldens.CLASSES, 32, 2));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                train(encoder, modules, initial, start, new BoostingConfig(STEPS, 1), 1e-2, STEPS))
        .withMessageContaining("12 steps are 3 pieces of 4 steps")
        .withMessageContaining("rank 3, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BoostingConfig(0, 1))
        .withMessageContaining("at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BoostingConfig(null, null).requireFit(AdapterConfig.defaults()))
        .withMessageContaining("lora, rslora, lora+")
        .withMessageContaining("got cola with pissa");
    AdapterConfig residual = AdapterConfig.lora(2).withResidual(3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BoostingConfig(null, null).requireFit(residual))
        .withMessageContaining("expected adapter.residual 0, got 3");
  }
}
