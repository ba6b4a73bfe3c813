package io.github.cola4j.spark.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.LanguageModel;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.train.LocalTrainer;
import io.github.cola4j.train.Shard;
import io.github.cola4j.train.TaskState;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {
  private static final long MB = 1 << 20;
  private static final int LENGTH = 32;
  private static final int TOKENS = 2048;

  private static MemoryPlan plan(MemoryNeeds needs, boolean local, long heap, long limit) {
    OptionalLong all = limit == 0 ? OptionalLong.empty() : OptionalLong.of(limit * MB);
    return new MemoryPlan(needs, local, heap * MB, all);
  }

  private static MemoryNeeds needs(long heap, long fixed, long activations, long states) {
    return new MemoryNeeds(heap * MB, fixed * MB, activations * MB, 90 * MB, states * MB, 2);
  }

  @Test
  void whatSufficesIsNeitherRefusedNorWarnedOf() {
    MemoryPlan plan = plan(needs(150, 300, 200, 5000), true, 1000, 1600);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.warnings()).isEmpty();
    assertThat(plan.lines())
        .containsExactly(
            "memory: this process that trains 2 at a time needs 157 MB of heap or more, and 315 MB"
                + " to 524 MB outside it; 94 MB of weights are mapped",
            "memory: it has 1.0 GB of heap, and 1.7 GB in all; the states of all tasks are 5.2"
                + " GB, on disk where memory is short");
  }

  @Test
  void aHeapThatIsTooSmallIsAProblemWithTheSettingToChange() {
    assertThat(plan(needs(1050, 300, 200, 950), true, 1000, 0).problems())
        .singleElement()
        .asString()
        .startsWith("the heap of this process has 1.0 GB, training needs at least 1.1 GB")
        .contains("COLA_JAVA_OPTS=-Xmx1575m", "spark.driver.memory");
    assertThat(plan(needs(600, 300, 200, 10), false, 500, 0).problems())
        .singleElement()
        .asString()
        .contains("the heap of an executor has 524 MB", "set spark.executor.memory=900m");
  }

  @Test
  void aContainerThatIsTooSmallIsAProblemAndOneThatMayBeIsWarnedOf() {
    MemoryPlan container = plan(needs(100, 900, 200, 10), false, 500, 884);
    assertThat(container.problems())
        .singleElement()
        .asString()
        .contains("an executor may have 927 MB in all", "at least 1.0 GB")
        .contains("set spark.executor.memoryOverhead=1154m");
    assertThat(container.warnings()).isEmpty();
    MemoryPlan close = plan(needs(100, 300, 200, 10), false, 500, 884);
    assertThat(close.problems()).isEmpty();
    assertThat(close.warnings())
        .singleElement()
        .asString()
        .startsWith("memory may be short: an executor may have 927 MB in all")
        .contains("within a factor of two", "memoryOverhead=525m", "training.maxTokens");
    assertThat(plan(needs(100, 900, 200, 10), true, 500, 884).problems())
        .singleElement()
        .asString()
        .contains("this process may have", "a container with more memory");
  }

  /** The estimate beside what a step takes, which grows by pieces of a megabyte. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void activationsAreWithinAFactorOfTwo(boolean decoder) {
    BaseModel base = BaseModel.load((decoder ? TinyModel.LLAMA : TinyModel.FOLDER).toString());
    AdaptedModules modules =
        AdaptedModules.trained(base.transformer().linears(), AdapterConfig.defaults());
    float[] initial = modules.initial(1);
    for (boolean recompute : decoder ? new boolean[] {false, true} : new boolean[] {false}) {
      TrainingConfig training =
          TrainingConfig.defaults()
              .withBatchSize(TOKENS / LENGTH)
              .withMaxTokens(TOKENS)
              .withRecompute(recompute);
      long estimate = MemoryNeeds.activations(base.transformer().config(), training);
      assertThat((double) taken(base, modules, initial, training) / estimate)
          .as("recompute " + recompute)
          .isBetween(0.5, 2.0);
    }
  }

  private static long taken(
      BaseModel base, AdaptedModules modules, float[] initial, TrainingConfig training) {
    boolean decoder = base.location().equals(TinyModel.LLAMA.toString());
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < training.batchSize(); i++) {
      int[] ids = new int[LENGTH];
      Arrays.fill(ids, 5);
      samples.add(
          decoder
              ? new Sample(ids, new int[LENGTH], ids.clone())
              : new Sample(ids, new int[LENGTH], 0));
    }
    try (Pass pass = new Pass(base.type())) {
      TaskModel model =
          decoder
              ? new LanguageModel(base.decoder(), modules, initial, training.recompute())
              : new TextClassifier(base.encoder(), modules, initial, 2);
      TaskState start = TaskState.initial(new float[model.theta().rows()]);
      Shard shard = new Shard(1, 0, 1, 2, samples);
      new LocalTrainer(model, pass, training).train(start, shard, 2);
      return pass.arena().bytes();
    }
  }
}
