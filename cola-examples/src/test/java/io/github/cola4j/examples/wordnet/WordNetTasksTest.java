package io.github.cola4j.examples.wordnet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.data.Example;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WordNetTasksTest {
  private static List<Sense> senses;
  private static List<TaskSplits> tasks;

  @BeforeAll
  static void load() {
    tasks = WordNetTasks.load(400, 100, 200, 7);
    senses = WordNetSenses.read();
  }

  /** Of WordNet as it was read once, which takes seconds. */
  private static List<TaskSplits> draw(int train, int validation, int test, long seed) {
    return WordNetTasks.draw(senses, new SplitSizes(train, validation, test), seed);
  }

  @Test
  void everyTaskHasItsSizesAndClasses() {
    assertThat(tasks)
        .extracting(TaskSplits::name)
        .containsExactly("noun-domain", "verb-domain", "part-of-speech", "word-fit");
    assertThat(tasks).extracting(t -> t.classes().size()).containsExactly(26, 15, 4, 2);
    assertThat(tasks)
        .allSatisfy(
            task -> {
              assertThat(task.train()).hasSize(400);
              assertThat(task.validation()).hasSize(100);
              assertThat(task.test()).hasSize(200);
              assertThat(task.classes()).isSorted();
            });
    assertThat(task("noun-domain").classes()).contains("Tops", "animal", "time");
    assertThat(task("verb-domain").classes()).contains("body", "motion", "weather");
    assertThat(task("part-of-speech").classes())
        .containsExactly("adjective", "adverb", "noun", "verb");
    assertThat(task("word-fit").classes()).containsExactly("no", "yes");
  }

  @Test
  void everyClassOccursInEverySplit() {
    for (TaskSplits task : tasks) {
      assertThat(counts(task.train())).containsOnlyKeys(task.classes());
      assertThat(counts(task.train()).values()).allMatch(count -> count >= 4);
      assertThat(counts(task.validation())).containsOnlyKeys(task.classes());
      assertThat(counts(task.test())).containsOnlyKeys(task.classes());
    }
  }

  @Test
  void domainsKeepTheirFrequencies() {
    // WordNet files 14 % of its nouns under artifact and 0.05 % under motive
    assertThat(counts(task("noun-domain").test())).containsEntry("motive", 1L);
    assertThat(counts(task("noun-domain").test()).get("artifact")).isBetween(26L, 30L);
  }

  @Test
  void noDefinitionOccursTwice() {
    for (TaskSplits task : tasks) {
      Set<String> seen = new HashSet<>();
      assertThat(all(task).map(WordNetTasksTest::definition))
          .allMatch(definition -> seen.add(definition.toLowerCase(Locale.ROOT)))
          .allMatch(definition -> definition.split(" ").length >= 3)
          .noneMatch(definition -> definition.contains("\""));
    }
  }

  @Test
  void partOfSpeechAndWordFitAreBalanced() {
    assertThat(counts(task("part-of-speech").train()).values()).containsOnly(100L);
    assertThat(counts(task("part-of-speech").test()).values()).containsOnly(50L);
    assertThat(counts(task("word-fit").train()).values()).containsOnly(200L);
    assertThat(counts(task("word-fit").validation()).values()).containsOnly(50L);
  }

  @Test
  void wordFitSaysYesExactlyWhereTheWordHasTheDefinition() {
    Map<String, Sense> senses =
        WordNetSenses.read().stream()
            .collect(Collectors.toMap(Sense::definition, Function.identity()));
    assertThat(all(task("word-fit")))
        .allSatisfy(
            example -> {
              Sense sense = senses.get(example.pair());
              assertThat(sense.hasWord(example.text())).isEqualTo(example.label().equals("yes"));
              assertThat(sense.mentions(example.text())).isFalse();
              assertThat(example.text()).doesNotContain("_");
            });
  }

  @Test
  void theSeedDecides() {
    assertThat(draw(400, 100, 200, 7)).isEqualTo(tasks);
    List<TaskSplits> other = draw(400, 100, 200, 8);
    for (int t = 0; t < tasks.size(); t++) {
      assertThat(other.get(t).train()).isNotEqualTo(tasks.get(t).train());
      assertThat(other.get(t).test()).isNotEqualTo(tasks.get(t).test());
    }
  }

  @Test
  void theSameExamplesOnEveryMachine() {
    assertThat(tasks)
        .extracting(task -> task.test().get(0))
        .containsExactly(
            new Example("a stop consonant that is produced with the lips", null, "communication"),
            new Example("raise trivial objections", null, "communication"),
            new Example("serving to heat", null, "adjective"),
            new Example("cartouche", "a cartridge (usually with paper casing)", "yes"));
  }

  @Test
  void moreTrainingExamplesLeaveTheTestAlone() {
    assertThat(draw(1000, 0, 200, 7))
        .extracting(TaskSplits::test)
        .isEqualTo(tasks.stream().map(TaskSplits::test).toList());
  }

  @Test
  void refusesMoreThanThereIs() {
    assertThatThrownBy(() -> draw(25, 10, 10, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("noun-domain has 26 classes");
    assertThatThrownBy(() -> draw(12_000, 500, 500, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("verb-domain has")
        .hasMessageContaining("12000 + 500 + 500 = 13000");
    assertThatThrownBy(() -> draw(26, -1, 10, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 26, -1 and 10");
  }

  @Test
  void thereIsEnoughForTwelveThousand() {
    assertThat(draw(10_000, 1_000, 1_000, 7))
        .allSatisfy(task -> assertThat(task.train()).hasSize(10_000));
  }

  private static TaskSplits task(String name) {
    return tasks.stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  private static Stream<Example> all(TaskSplits task) {
    return Stream.of(task.train(), task.validation(), task.test()).flatMap(List::stream);
  }

  private static String definition(Example example) {
    return example.pair() == null ? example.text() : example.pair();
  }

  private static Map<String, Long> counts(List<Example> examples) {
    return examples.stream().collect(Collectors.groupingBy(Example::label, Collectors.counting()));
  }
}
