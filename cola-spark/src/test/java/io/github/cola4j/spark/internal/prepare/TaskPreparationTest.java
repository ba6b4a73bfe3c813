package io.github.cola4j.spark.internal.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.Seeds;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.SparkJobs;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.averaging.Scope;
import io.github.cola4j.spark.internal.round.RoundTask;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.spark.training.RoundConfig;
import io.github.cola4j.spark.training.TaskData;
import io.github.cola4j.train.TrainingConfig;
import io.github.cola4j.train.language.LanguageModeling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskPreparationTest extends LocalSparkTest {
  private static final CountDownLatch BOTH_READ = new CountDownLatch(2);

  private static final TrainingConfig TRAINING =
      TrainingConfig.defaults()
          .withEpochs(2)
          .withBatchSize(4)
          .withAccumulation(1)
          .withMaxTokens(64)
          .withMaxLength(64)
          .withSeed(5L);

  private static TaskPreparation preparation(BaseModel base, Double skew) {
    return preparation(base, skew, 1 << 20);
  }

  private static TaskSharder sharder() {
    return new TaskSharder(ModelReference.of(spark, model), TRAINING, 20);
  }

  private static TaskPreparation preparation(BaseModel base, Double skew, int mostLabels) {
    return new TaskPreparation(
        spark,
        ModelReference.of(spark, base),
        TRAINING,
        RoundConfig.defaults()
            .withExamplesPerShard(20)
            .withLocalSteps(2)
            .withPatience(0)
            .withMetric("loss")
            .withScope(Scope.TASK)
            .withSkew(skew),
        mostLabels);
  }

  private static List<TaskData<Example>> tasks(int count, int partitions, boolean validated) {
    List<TaskData<Example>> tasks = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      tasks.add(
          TaskData.classification(
              "task-" + t,
              TinyTasks.classes(3),
              spark.parallelize(TinyTasks.examples("train " + t, 50 + t, 3, false), partitions),
              validated
                  ? spark.parallelize(TinyTasks.examples("held " + t, 20, 3, false), partitions)
                  : null));
    }
    return tasks;
  }

  /** Dialogues, of which every fourth has no answer. */
  private static List<TaskData<Dialogue>> dialogues(int count, int partitions) {
    List<TaskData<Dialogue>> tasks = new ArrayList<>();
    for (int t = 0; t < count; t++) {
      List<Dialogue> examples =
          IntStream.range(t, t + 50)
              .mapToObj(i -> Dialogue.alpaca("ask " + i, null, i % 4 == 0 ? " " : "reply " + i))
              .toList();
      tasks.add(
          new TaskData<>(
              "chat-" + t,
              new LanguageModeling(PromptConfig.defaults().withTemplate("plain")),
              spark.parallelize(examples, partitions),
              null));
    }
    return tasks;
  }

  /** What came out when each task was prepared by itself, with a job for every count. */
  @ParameterizedTest
  @CsvSource({
    "1, , true, -262484571, 1617009051",
    "3, , true, -262484571, 1617009051",
    "1, , false, 105662936, -1705476350",
    "3, , false, 105662936, -1705476350",
    "1, 0.3, true, -1824107935, 1617009051",
    "3, 0.3, true, -1824107935, 1617009051",
    "1, 0.3, false, 1234857942, -1705476350",
    "3, 0.3, false, 1234857942, -1705476350"
  })
  void shardsFollowFromDataAndSeedAlone(
      int partitions, Double skew, boolean validated, int training, int validation) {
    try (ShardedTasks tasks = preparation(model, skew).shard(tasks(5, partitions, validated))) {
      assertThat(shown(tasks.training()).hashCode()).isEqualTo(training);
      assertThat(shown(tasks.validation()).hashCode()).isEqualTo(validation);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void shardsOfDialoguesFollowFromThoseThatThereIsSomethingToLearnFrom(int partitions) {
    BaseModel llama = BaseModelCache.load(TinyModel.LLAMA.toString());
    try (ShardedTasks tasks = preparation(llama, null).shard(dialogues(3, partitions))) {
      assertThat(shown(tasks.training()).hashCode()).isEqualTo(1996610813);
      assertThat(shown(tasks.validation()).hashCode()).isEqualTo(1174990106);
      assertThat(tasks.data().tasks())
          .extracting(RoundTask::dropped)
          .containsExactly(
              Map.of("the answer is empty", 13L),
              Map.of("the answer is empty", 12L),
              Map.of("the answer is empty", 12L));
    }
  }

  /** Cores are not idle at the end of a round if what takes longest begins first. */
  @Test
  void shardsWithTheMostTokensAreTrainedFirst() {
    List<TaskData<Example>> data = new ArrayList<>();
    for (int words : new int[] {1, 3, 6, 2}) {
      List<Example> examples = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        examples.add(new Example("river ".repeat(words), null, i % 2 == 0 ? "a" : "b"));
      }
      JavaRDD<Example> rows = spark.parallelize(examples, 1);
      data.add(TaskData.classification("task-" + data.size(), TinyTasks.classes(3), rows, rows));
    }
    try (ShardedTasks tasks = preparation(model, null).shard(data)) {
      assertThat(tasks.data().averaged().rows().map(TaskShard::task).collect())
          .containsExactly(2, 2, 1, 1, 3, 3, 0, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, true", "3, true", "1, false", "3, false"})
  void aDataSetIsLookedAtOnce(int partitions, boolean validated) {
    LongAccumulator read = spark.sc().longAccumulator();
    List<TaskData<Example>> data = new ArrayList<>();
    for (TaskData<Example> task : tasks(3, partitions, validated)) {
      data.add(
          new TaskData<>(
              task.name(),
              task.objective(),
              task.train().mapPartitions(rows -> counted(rows, read)),
              task.validation() == null
                  ? null
                  : task.validation().mapPartitions(rows -> counted(rows, read))));
    }
    try (SparkJobs jobs = new SparkJobs(spark);
        TaskSharder sharder = sharder()) {
      assertThat(preparation(model, 0.3).split(data, sharder)).hasSize(3);
      assertThat(jobs.started()).extracting(SparkJobs.Started::stages).containsExactly(1);
      assertThat(read.value()).isEqualTo(3L * partitions * (validated ? 2 : 1));
    }
  }

  private static Iterator<Example> counted(Iterator<Example> rows, LongAccumulator read) {
    read.add(1);
    return rows;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void manySmallTasksTakeAHandfulOfJobsAndNeedNoShuffle(boolean validated) {
    List<TaskData<Example>> data = new ArrayList<>();
    for (int t = 0; t < 200; t++) {
      data.add(
          TaskData.classification(
              "task-" + t,
              TinyTasks.classes(3),
              spark.parallelize(TinyTasks.examples("small " + t, 18, 3, false), 1),
              validated
                  ? spark.parallelize(TinyTasks.examples("held " + t, 6, 3, false), 1)
                  : null));
    }
    try (SparkJobs jobs = new SparkJobs(spark);
        ShardedTasks tasks = preparation(model, null).shard(data)) {
      assertThat(tasks.data().tasks())
          .extracting(task -> task.plan().examples())
          .containsOnly(validated ? 18L : 16L);
      assertThat(jobs.started()).hasSizeLessThan(6);
      assertThat(jobs.started()).extracting(SparkJobs.Started::stages).containsOnly(1);
    }
  }

  /** Of 50 to 54 examples each. The survey tells no labels, and two tasks are under the bound. */
  @ParameterizedTest
  @CsvSource({"1, 110, 4", "3, 110, 4", "1, 60, 6", "3, 10, 6", "1, 1000, 1", "3, 1000, 1"})
  void labelsThatAreTooManyAreAskedForSomeTasksAtATime(int partitions, int most, int expected) {
    TaskPreparation preparation = preparation(model, null, most);
    List<TaskData<Example>> data = tasks(5, partitions, false);
    try (SparkJobs jobs = new SparkJobs(spark);
        TaskSharder sharder = sharder()) {
      assertThat(preparation.split(data, sharder)).hasSize(5);
      assertThat(jobs.started()).hasSize(expected);
    }
    try (ShardedTasks tasks = preparation.shard(data)) {
      assertThat(shown(tasks.training()).hashCode()).isEqualTo(105662936);
      assertThat(shown(tasks.validation()).hashCode()).isEqualTo(-1705476350);
    }
  }

  /** What went into a shard, and in which order, by computing it with plain lists. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void examplesGoWhereThePermutationsPutThem(int partitions) {
    List<Example> all = TinyTasks.examples("plain", 61, 3, false);
    List<String> classes = TinyTasks.classes(3);
    long seed = Seeds.mix(5, Seeds.of("task"));
    long holding = Seeds.mix(seed, Seeds.of("hold out"));
    int[] places = Batcher.permutation(61, holding);
    int[] labels = all.stream().mapToInt(e -> classes.indexOf(e.label())).toArray();
    int[][] counts = HeldOut.counts(6, Strata.sizes(labels, 3));
    List<Example> training = new ArrayList<>();
    List<Example> held = new ArrayList<>();
    for (int i = 0; i < 61; i++) {
      int before = 0; // of its class, in the order of the permutation
      for (int j = 0; j < 61; j++) {
        before += labels[j] == labels[i] && places[j] < places[i] ? 1 : 0;
      }
      (before < counts[labels[i]][0] ? held : training).add(all.get(i));
    }
    List<List<String>> expected = dealt(training, 3, seed);

    TaskData<Example> task =
        TaskData.classification("task", classes, spark.parallelize(all, partitions), null);
    try (ShardedTasks tasks = preparation(model, null).shard(List.of(task))) {
      assertThat(ids(tasks.training())).isEqualTo(expected);
      assertThat(ids(tasks.validation())).isEqualTo(dealt(held, 1, seed));
    }
  }

  private static List<List<String>> dealt(List<Example> examples, int shards, long seed) {
    int[] places = Batcher.permutation(examples.size(), Seeds.mix(seed, Seeds.of("shards")));
    String[] at = new String[places.length];
    for (int i = 0; i < places.length; i++) {
      at[places[i]] =
          Arrays.toString(
              model.tokenizer(64).encode(examples.get(i).text(), null, 0).sample().ids());
    }
    return IntStream.range(0, shards)
        .mapToObj(
            shard ->
                IntStream.range(0, at.length)
                    .filter(place -> place % shards == shard)
                    .mapToObj(place -> at[place])
                    .toList())
        .toList();
  }

  private static List<List<String>> ids(JavaRDD<TaskShard> shards) {
    return shards.collect().stream()
        .sorted(Comparator.comparingInt(shard -> shard.shard().index()))
        .map(s -> s.shard().samples().stream().map(x -> Arrays.toString(x.ids())).toList())
        .toList();
  }

  /** Each partition made a permutation of its own, so that many files cost as many of them. */
  @Test
  void aPermutationIsMadeOnceHoweverManyPartitionsThereAre() {
    Dealing one = Dealing.of(spark, 1000, 7, 1);
    try (Dealing many = Dealing.of(spark, 1000, 7, 500)) {
      assertThat(many.places()).isSameAs(many.places()).isEqualTo(one.places());
      assertThat(one.sent()).isNull();
      assertThat(spark.parallelize(List.of(0, 1, 2), 3).map(i -> many.places()[i]).collect())
          .containsExactly(one.places()[0], one.places()[1], one.places()[2]);
    }
  }

  @Test
  void testDataTakesOneJobToo() {
    List<TaskData<Example>> data = tasks(3, 3, false);
    try (SparkJobs jobs = new SparkJobs(spark)) {
      TaskPreparation.TestShards shards = preparation(model, null).testShards(data);

      assertThat(jobs.started()).hasSize(1);
      assertThat(shards.byTask())
          .extracting(JavaRDD::getNumPartitions)
          .containsExactly(3, 3, 3); // 50 to 52 examples, 20 to a shard
      shards.close();
    }
  }

  /** Two tasks whose rows wait for each other's: one after the other, neither would be prepared. */
  @Test
  void tasksArePreparedAtOnce() {
    List<TaskData<Example>> data = new ArrayList<>(tasks(8, 1, false));
    for (int i = 0; i < 2; i++) {
      TaskData<Example> task = data.get(i);
      JavaRDD<Example> rows = task.train().mapPartitions(TaskPreparationTest::whenBothAreRead);
      data.set(i, new TaskData<>(task.name(), task.objective(), rows, null));
    }
    try (ShardedTasks tasks = preparation(model, null).shard(data)) {
      assertThat(tasks.data().tasks())
          .extracting(task -> task.plan().index())
          .containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  private static Iterator<Example> whenBothAreRead(Iterator<Example> rows) throws Exception {
    BOTH_READ.countDown();
    assertThat(BOTH_READ.await(1, TimeUnit.MINUTES)).as("two tasks are read at once").isTrue();
    return rows;
  }

  @Test
  void theFirstTaskThatFailsIsTold() {
    List<TaskData<Example>> data = new ArrayList<>(tasks(8, 1, false));
    data.set(2, without(data.get(2), List.of(new Example("bank", null, "a"))));
    data.set(3, without(data.get(3), List.of()));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> preparation(model, null).shard(data))
        .withMessage("task 'task-2' has one example; validation needs another");
    assertThat(spark.getPersistentRDDs()).isEmpty();
  }

  private static TaskData<Example> without(TaskData<Example> task, List<Example> left) {
    return new TaskData<>(task.name(), task.objective(), spark.parallelize(left, 1), null);
  }

  /** Shards by task and number, with all their samples. */
  private static String shown(JavaRDD<TaskShard> shards) {
    return shards.collect().stream()
        .sorted(Comparator.comparingInt(TaskShard::task).thenComparingInt(s -> s.shard().index()))
        .map(
            shard ->
                shard.task()
                    + "/"
                    + shard.shard().index()
                    + ":"
                    + shard.shard().samples().stream()
                        .map(s -> Arrays.toString(s.ids()) + Arrays.toString(s.labels()))
                        .collect(Collectors.joining()))
        .collect(Collectors.joining("\n"));
  }
}
