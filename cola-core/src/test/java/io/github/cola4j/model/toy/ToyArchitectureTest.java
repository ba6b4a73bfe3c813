package io.github.cola4j.model.toy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.generate.Generator;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.SpeculativeGenerator;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.OptimizerConfig;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An architecture from outside is read from its folder, learns texts and writes. */
class ToyArchitectureTest {
  private static final List<Example> EXAMPLES =
      List.of(
          new Example("a good day", null, "up"),
          new Example("a bad day", null, "down"),
          new Example("good", "better", "up"),
          new Example("bad", "worse", "down"));

  @TempDir private Path folder;
  private BaseModel model;
  private ToyFolder toy;

  @BeforeEach
  void load() throws IOException {
    toy = ToyFolder.write(folder);
    model = BaseModel.load(folder.toString());
  }

  @Test
  void itLearnsTextsThroughTheLoopOfEveryTask() {
    Classification objective = new Classification(List.of("up", "down"));
    AdaptedModules modules = new AdaptedModules(model.linears(), AdapterConfig.defaults());
    float[] initial = modules.initial(1);
    List<Sample> samples =
        EXAMPLES.stream().map(example -> objective.encode(model, 64, example).sample()).toList();
    OptimizerConfig optimizer =
        OptimizerConfig.defaults().withLearningRate(1e-2).withHeadLearningRate(1e-2);
    TrainingConfig config =
        TrainingConfig.defaults()
            .withBatchSize(4)
            .withAccumulation(1)
            .withMaxTokens(64)
            .withOptimizer(optimizer)
            .withSeed(1L);
    TaskModel task = objective.model(model, modules, initial, config);
    TaskState start = TaskState.initial(objective.start(model, initial, 2));
    try (Pass pass = new Pass(model.type())) {
      TaskState trained =
          new LocalTrainer(task, pass, config)
              .train(start, new Shard(1, 0, 1, 40, samples), 40)
              .state();
      Evaluation after = Evaluation.of(task, pass, trained.theta(), samples, 64);
      assertThat(after.accuracy()).isEqualTo(1);
      assertThat(after.loss())
          .isLessThan(0.5 * Evaluation.of(task, pass, start.theta(), samples, 64).loss());
    }
  }

  @Test
  void itWritesTheLikeliestTokens() {
    List<Integer> expected = new ArrayList<>();
    int last = 17;
    for (int step = 0; step < 5; step++) {
      double[] hidden = toy.hidden(last);
      float[] logits = new float[model.transformer().config().vocabSize()];
      for (int t = 0; t < logits.length; t++) {
        double sum = 0;
        for (int i = 0; i < hidden.length; i++) {
          sum += toy.words()[t * hidden.length + i] * hidden[i];
        }
        logits[t] = (float) sum;
      }
      last = Answers.argMax(logits);
      expected.add(last);
    }
    List<Integer> written = new ArrayList<>();
    try (Pass pass = new Pass(model.type())) {
      TextGenerator.Text text =
          new TextGenerator.Text(new int[] {40, 17}, Adapters.NONE, Set.of(), 0);
      new TextGenerator(model.decoder())
          .generate(pass, List.of(text), Sampling.greedy(5), (place, token) -> written.add(token));
    }
    assertThat(written).isEqualTo(expected);
    // the toy's sequences only grow
    SpeculativeGenerator generator =
        new SpeculativeGenerator(
            model.decoder(), new SpeculativeGenerator.Draft(model.decoder(), Adapters.NONE, 2));
    Generator.Text text = new Generator.Text(new int[] {40, 17}, Adapters.NONE, Set.of(), 0);
    try (Pass pass = new Pass(model.type())) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  generator.generate(pass, List.of(text), Sampling.greedy(5), (place, id) -> true))
          .withMessageContaining("cannot forget tokens that were rejected");
    }
  }
}
