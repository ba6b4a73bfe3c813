package io.github.cola4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdapterMethods;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Pass;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Every method learns the six golden texts with its adapters alone: the random head stands still.
 */
class EveryMethodTrainsTest {
  private static final int STEPS = 60;

  static List<String> methods() {
    return AdapterMethods.all().stream().map(AdapterMethod::name).toList();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theLossFalls(String method) {
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    AdaptedModules modules =
        new AdaptedModules(encoder.linears(), AdapterConfig.of(method).withRank(4));
    float[] initial = modules.initial(1);
    TextClassifier model = new TextClassifier(encoder, modules, initial, Goldens.CLASSES);
    TaskState start =
        TaskState.initial(
            TextClassifier.initialParameters(
                initial, Goldens.CLASSES, encoder.config().hiddenSize(), 2));
    OptimizerConfig optimizer =
        OptimizerConfig.defaults().withLearningRate(1e-2).withHeadLearningRate(0.0);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(6)
            .withAccumulation(1)
            .withMaxTokens(2048)
            .withOptimizer(optimizer)
            .withSeed(1L);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      TaskState trained =
          new LocalTrainer(model, pass, config)
              .train(start, new Shard(7, 0, 1, STEPS, Goldens.samples()), STEPS)
              .state();
      double before = loss(model, pass, start);
      double after = loss(model, pass, trained);
      assertThat(after).isLessThan(0.7 * before);
    }
  }

  private static double loss(TextClassifier model, Pass pass, TaskState state) {
    return Evaluation.of(model, pass, state.theta(), Goldens.samples(), 2048).loss();
  }
}
