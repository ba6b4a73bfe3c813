package io.github.cola4j.examples.wordnet;

import io.github.cola4j.nn.Seeds;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import net.sf.extjwnl.data.POS;

/**
 * Four tasks about the definitions of WordNet 3.1, each with its own seed derived from the one
 * given:
 *
 * <ul>
 *   <li>{@value #NOUN_DOMAIN}: a noun's definition; the 26 domains nouns are filed under
 *   <li>{@value #VERB_DOMAIN}: a verb's definition; the 15 domains verbs are filed under
 *   <li>{@value #PART_OF_SPEECH}: a definition; noun, verb, adjective or adverb, equally often
 *   <li>{@value #WORD_FIT}: a word and a definition; yes or no, equally often
 * </ul>
 */
public final class WordNetTasks {
  /** Noun definition to one of 26 domains, such as {@code animal}. */
  public static final String NOUN_DOMAIN = "noun-domain";

  /** Verb definition to one of 15 domains, such as {@code motion}. */
  public static final String VERB_DOMAIN = "verb-domain";

  /** Definition to noun, verb, adjective or adverb. */
  public static final String PART_OF_SPEECH = "part-of-speech";

  /** Whether a word (the text) has a definition (the pair). */
  public static final String WORD_FIT = "word-fit";

  private WordNetTasks() {}

  /**
   * Reads WordNet once and draws every task's splits from it: {@link #NOUN_DOMAIN}, {@link
   * #VERB_DOMAIN}, {@link #PART_OF_SPEECH}, {@link #WORD_FIT}.
   *
   * <p>No definition occurs in two splits of a task. The domains keep their natural frequencies,
   * but each gets at least one in a hundred training examples, and one validation and test example
   * where there are as many as domains. The same arguments give the same examples on every machine,
   * and {@code test} with {@code seed} alone decides the test examples.
   *
   * @param train training examples of each task, at least 26
   * @param validation validation examples of each task
   * @param test test examples of each task
   * @param seed decides which examples, and their order
   * @throws IllegalArgumentException if a task has fewer examples than that
   */
  public static List<TaskSplits> load(int train, int validation, int test, long seed) {
    SplitSizes sizes = new SplitSizes(train, validation, test);
    return draw(WordNetSenses.read(), sizes, seed);
  }

  /** The splits of all tasks, from WordNet as it was read. */
  static List<TaskSplits> draw(List<Sense> senses, SplitSizes sizes, long seed) {
    List<Sense> nouns = senses.stream().filter(s -> s.partOfSpeech() == POS.NOUN).toList();
    List<Sense> verbs = senses.stream().filter(s -> s.partOfSpeech() == POS.VERB).toList();
    SplittableRandom partOfSpeech = random(seed, PART_OF_SPEECH);
    return List.of(
        Stratified.split(
            NOUN_DOMAIN, pools(nouns, Sense::domain), sizes, random(seed, NOUN_DOMAIN)),
        Stratified.split(
            VERB_DOMAIN, pools(verbs, Sense::domain), sizes, random(seed, VERB_DOMAIN)),
        Stratified.split(
            PART_OF_SPEECH,
            balanced(pools(senses, s -> s.partOfSpeech().getLabel()), partOfSpeech),
            sizes,
            partOfSpeech),
        WordFit.split(WORD_FIT, senses, sizes, random(seed, WORD_FIT)));
  }

  private static SplittableRandom random(long seed, String task) {
    return new SplittableRandom(Seeds.mix(seed, Seeds.of(task)));
  }

  /** The definitions of each class. */
  private static SortedMap<String, List<String>> pools(
      List<Sense> senses, Function<Sense, String> label) {
    return senses.stream()
        .collect(
            Collectors.groupingBy(
                label, TreeMap::new, Collectors.mapping(Sense::definition, Collectors.toList())));
  }

  /** As many of each class, chosen at random, as the smallest class has. */
  private static SortedMap<String, List<String>> balanced(
      SortedMap<String, List<String>> pools, SplittableRandom random) {
    int smallest = pools.values().stream().mapToInt(List::size).min().orElse(0);
    SortedMap<String, List<String>> result = new TreeMap<>();
    pools.forEach(
        (label, texts) ->
            result.put(label, Stratified.shuffled(texts, random).subList(0, smallest)));
    return result;
  }
}
