package io.github.cola4j.spark.internal.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.tokenizer.Tokenizer;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.concurrent.Phases;
import io.github.cola4j.spark.internal.shard.TaskShard;
import io.github.cola4j.spark.model.ModelReference;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskSharderTest extends LocalSparkTest {
  private static final Classification CLASSES = new Classification(TinyTasks.classes(3));

  private static TaskSharder sharder(long seed, int examplesPerShard) {
    TrainingConfig training = TrainingConfig.defaults().withMaxLength(16).withSeed(seed);
    return new TaskSharder(ModelReference.of(spark, model), training, examplesPerShard);
  }

  private static ExampleSurvey.Result<Example> survey(List<Example> data, int partitions) {
    ModelReference reference = ModelReference.of(spark, model);
    ExampleSurvey survey = new ExampleSurvey(reference, TinyTasks.TRAINING);
    JavaRDD<Example> rows = spark.parallelize(data, partitions);
    List<ExampleSurvey.Result<Example>> found = new ArrayList<>();
    Phases<String> phases = new Phases<>(List.of("task"));
    phases.ask(0, name -> List.of(survey.of(name, CLASSES, rows, data.size(), found::add)));
    phases.done();
    return found.get(0);
  }

  private static TaskSharder.Split<Example> holdOut(long seed, List<Example> data, int partitions) {
    ExampleSurvey.Result<Example> found = survey(data, partitions);
    return sharder(seed, 20).holdOut("task", CLASSES, found.usable(), found.labels(), 0.1);
  }

  @ParameterizedTest
  @CsvSource({"61, 6", "2, 1", "10, 1", "15, 2", "14, 1"})
  void holdsOutATenthAndAtLeastOne(int examples, int held) {
    List<Example> data = TinyTasks.examples("hold out", examples, 3, true);

    TaskSharder.Split<Example> split = holdOut(1, data, 3);

    List<Example> validation = split.validation().examples().collect();
    assertThat(validation).hasSize(held);
    assertThat(split.validation().count()).isEqualTo(held);
    assertThat(split.train().count()).isEqualTo(examples - held);
    for (CountedExamples<Example> part : List.of(split.train(), split.validation())) {
      assertThat(part.sizes()) // found without a look at the data
          .containsExactly(
              part.examples().glom().collect().stream().mapToInt(List::size).toArray());
    }
    // disjoint, and nothing is lost
    List<Example> both = new ArrayList<>(split.train().examples().collect());
    both.addAll(validation);
    assertThat(both).containsExactlyInAnyOrderElementsOf(data);
  }

  @Test
  void whatIsHeldOutFollowsFromTheSeedAndNotFromPartitions() {
    List<Example> data = TinyTasks.examples("hold out", 61, 3, true);
    List<Example> validation = holdOut(1, data, 3).validation().examples().collect();

    assertThat(holdOut(1, data, 7).validation().examples().collect()).isEqualTo(validation);
    assertThat(holdOut(2, data, 3).validation().examples().collect()).isNotEqualTo(validation);
  }

  @Test
  void aRareClassIsOnBothSides() {
    List<Example> data = new ArrayList<>(TinyTasks.examples("hold out", 58, 2, true));
    data.add(31, new Example("bank", null, "c"));
    data.add(new Example("court", null, "c"));

    for (long seed = 0; seed < 5; seed++) {
      TaskSharder.Split<Example> split = holdOut(seed, data, 3);

      assertThat(split.validation().examples().collect())
          .extracting(Example::label)
          .containsOnlyOnce("c");
      assertThat(split.train().examples().collect())
          .extracting(Example::label)
          .containsOnlyOnce("c");
    }
  }

  @Test
  void skewedShardsAreDealtByLabelWhateverThePartitions() {
    TaskSharder sharder = sharder(1, 20);
    List<Example> data = TinyTasks.examples("skew", 90, 3, false);
    List<List<String>> seen = new ArrayList<>();
    for (int partitions : new int[] {1, 4}) {
      ExampleSurvey.Result<Example> found = survey(data, partitions);
      Strata strata = sharder.skewed("task", CLASSES, found.labels(), 0.1);
      List<TaskShard> shards =
          sharder.shards(0, "task", CLASSES, found.usable(), 1, strata).collect();
      assertThat(shards).hasSize(5);
      assertThat(shards).allMatch(shard -> !shard.shard().samples().isEmpty());
      assertThat(shards).anyMatch(shard -> shard.shard().samples().size() != 18); // even ones have
      seen.add(
          shards.stream()
              .map(shard -> shard.shard().samples().stream().map(TaskSharderTest::shown).toList())
              .map(List::toString)
              .toList());
    }
    assertThat(seen.get(0)).isEqualTo(seen.get(1));
    assertThat(String.join("", seen.get(0)).split("/")).hasSize(91);
  }

  private static String shown(Sample sample) {
    return Arrays.toString(sample.ids()) + sample.labels()[0] + "/";
  }

  @ParameterizedTest
  @CsvSource({"1, 20, 1", "20, 20, 1", "21, 20, 2", "61, 20, 4", "61, 1000, 1"})
  void dealsEveryExampleToOneOfAlmostEvenShards(int examples, int examplesPerShard, int shards) {
    List<Example> data = TinyTasks.examples("shards", examples, 3, false);
    TaskSharder sharder = sharder(1, examplesPerShard);

    List<TaskShard> dealt =
        sharder
            .shards(
                4,
                "task",
                new Classification(TinyTasks.classes(3)),
                survey(data, 3).usable(),
                12,
                null)
            .collect();

    assertThat(dealt).hasSize(shards).allMatch(shard -> shard.task() == 4);
    assertThat(dealt).extracting(shard -> shard.shard().index()).doesNotHaveDuplicates();
    assertThat(dealt)
        .allSatisfy(
            shard ->
                assertThat(shard.shard().samples().size())
                    .isBetween(examples / shards, (examples - 1) / shards + 1));
    Tokenizer tokenizer = model.tokenizer(16);
    assertThat(
            dealt.stream()
                .flatMap(shard -> shard.shard().samples().stream())
                .map(sample -> Arrays.toString(sample.ids()) + sample.labels()[0]))
        .containsExactlyInAnyOrderElementsOf(
            data.stream()
                .map(e -> tokenizer.encode(e.text(), null, label(e)).sample())
                .map(sample -> Arrays.toString(sample.ids()) + sample.labels()[0])
                .toList());
  }

  @Test
  void shardsOfTasksThatHaveAsManyStayPartitionsOfTheirOwn() {
    TaskSharder sharder = sharder(1, 20);
    List<JavaRDD<TaskShard>> tasks =
        List.of("first", "second").stream().map(name -> shards(sharder, name)).toList();

    JavaRDD<TaskShard> all = spark.union(tasks.get(0), tasks.get(1));

    assertThat(all.glom().map(List::size).collect()).containsExactly(1, 1, 1, 1);
  }

  private static JavaRDD<TaskShard> shards(TaskSharder sharder, String name) {
    List<Example> data = TinyTasks.examples(name, 40, 3, false);
    return sharder.shards(
        0, name, new Classification(TinyTasks.classes(3)), survey(data, 3).usable(), 1, null);
  }

  private static int label(Example example) {
    return TinyTasks.classes(3).indexOf(example.label());
  }

  @Test
  void namesALabelThatIsNoClass() {
    List<Example> data = List.of(new Example("bank", null, "a"), new Example("court", null, "z"));

    assertThatThrownBy(
            () ->
                sharder(1, 20)
                    .shards(
                        0,
                        "law",
                        new Classification(TinyTasks.classes(2)),
                        new CountedExamples<>(spark.parallelize(data, 1), new int[] {2}),
                        1,
                        null)
                    .collect())
        .rootCause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("task 'law'")
        .hasMessageContaining("'z'")
        .hasMessageContaining("[a, b]");
  }
}
