package io.github.cola4j.examples.wordnet;

import io.github.cola4j.data.Example;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import net.sf.extjwnl.data.POS;

/**
 * Pairs words with definitions: half with their own, half with one of another sense of the same
 * part of speech, which every second time comes from the same lexicographer file. No sense is used
 * twice, and no definition mentions its word.
 */
final class WordFit {
  private static final List<String> CLASSES = List.of("no", "yes");

  private final String name;
  private final SplittableRandom random;
  private final Deque<Sense> queue;
  private final Map<String, Deque<Sense>> byFile = new HashMap<>();
  private final Map<POS, Deque<Sense>> byPartOfSpeech = new HashMap<>();
  private final Set<String> usedDefinitions = new HashSet<>();

  private WordFit(String name, List<Sense> senses, SplittableRandom random) {
    this.name = name;
    this.random = random;
    queue = new ArrayDeque<>(Stratified.shuffled(senses, random));
    for (Sense sense : queue) {
      byFile.computeIfAbsent(sense.file(), f -> new ArrayDeque<>()).add(sense);
      byPartOfSpeech.computeIfAbsent(sense.partOfSpeech(), p -> new ArrayDeque<>()).add(sense);
    }
  }

  static TaskSplits split(
      String name, List<Sense> senses, SplitSizes sizes, SplittableRandom random) {
    List<Sense> usable = senses.stream().filter(s -> !unmentioned(s).isEmpty()).toList();
    // a "yes" takes one sense, a "no" two
    sizes.check(name, CLASSES.size(), usable.size() * 2L / 3);
    WordFit pairs = new WordFit(name, usable, random);
    List<Example> test = pairs.draw(sizes.test());
    List<Example> validation = pairs.draw(sizes.validation());
    return new TaskSplits(name, CLASSES, pairs.draw(sizes.train()), validation, test);
  }

  private List<Example> draw(int total) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < total; i++) {
      Sense sense = next(queue).orElseThrow(this::tooMany);
      List<String> words = unmentioned(sense);
      String word = words.get(random.nextInt(words.size()));
      boolean fits = i % 2 == 0;
      String definition = fits ? sense.definition() : other(sense, word).definition();
      examples.add(new Example(word, definition, fits ? "yes" : "no"));
    }
    return Stratified.shuffled(examples, random);
  }

  /** A sense the word does not have; the whole part of speech where the file has no more. */
  private Sense other(Sense sense, String word) {
    Deque<Sense> samePart = byPartOfSpeech.get(sense.partOfSpeech());
    Deque<Sense> candidates = random.nextBoolean() ? byFile.get(sense.file()) : samePart;
    return next(candidates, word).or(() -> next(samePart, word)).orElseThrow(this::tooMany);
  }

  private Optional<Sense> next(Deque<Sense> candidates, String word) {
    Optional<Sense> found;
    do {
      found = next(candidates);
    } while (found.filter(s -> s.hasWord(word) || s.mentions(word)).isPresent());
    return found;
  }

  /** The first unused sense, used from now on. */
  private Optional<Sense> next(Deque<Sense> senses) {
    while (!senses.isEmpty()) {
      Sense sense = senses.remove();
      if (usedDefinitions.add(sense.definition())) {
        return Optional.of(sense);
      }
    }
    return Optional.empty();
  }

  /** The words of a sense that its own definition does not give away. */
  private static List<String> unmentioned(Sense sense) {
    return sense.words().stream().filter(word -> !sense.mentions(word)).toList();
  }

  private IllegalArgumentException tooMany() {
    return new IllegalArgumentException(
        name + " ran out of definitions that do not fit: ask for fewer examples");
  }
}
