package io.github.cola4j.examples.wordnet;

import io.github.cola4j.data.Apportionment;
import io.github.cola4j.data.Example;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Splits a task so that each split has every class about as often as the task does. */
final class Stratified {
  /** A class gets at least one in this many training examples, as far as it has them. */
  private static final int RAREST = 100;

  /** For each class, how many texts it has. */
  private final double[] frequency;

  /** For each class, the texts no split has yet, in random order. */
  private final SortedMap<String, Deque<String>> left = new TreeMap<>();

  private final SplittableRandom random;

  private Stratified(SortedMap<String, List<String>> pools, SplittableRandom random) {
    this.random = random;
    frequency = pools.values().stream().mapToDouble(List::size).toArray();
    pools.forEach((label, texts) -> left.put(label, new ArrayDeque<>(shuffled(texts, random))));
  }

  /**
   * Draws test, then validation, then training examples, so that the test examples of a seed stay
   * the same however many training examples are asked for.
   *
   * @param pools for each class the texts it has
   */
  static TaskSplits split(
      String name,
      SortedMap<String, List<String>> pools,
      SplitSizes sizes,
      SplittableRandom random) {
    long available = pools.values().stream().mapToLong(List::size).sum();
    sizes.check(name, pools.size(), available);
    Stratified texts = new Stratified(pools, random);
    List<Example> test = texts.draw(sizes.test(), 1, 1);
    List<Example> validation = texts.draw(sizes.validation(), 1, 1);
    List<Example> train = texts.draw(sizes.train(), Math.max(1, sizes.train() / RAREST), 0);
    return new TaskSplits(name, List.copyOf(pools.keySet()), train, validation, test);
  }

  /**
   * Takes {@code total} texts.
   *
   * @param floor the fewest of a class, where there are enough for every class
   * @param keep how many of each class to leave for later
   */
  private List<Example> draw(int total, int floor, int keep) {
    int[] most = left.values().stream().mapToInt(texts -> texts.size() - keep).toArray();
    int fewest = total < floor * most.length ? 0 : floor;
    int[] count =
        Apportionment.of(
            total, frequency, Arrays.stream(most).map(m -> Math.min(fewest, m)).toArray(), most);
    List<Example> examples = new ArrayList<>();
    int c = 0;
    for (var texts : left.entrySet()) {
      for (int i = 0; i < count[c]; i++) {
        examples.add(new Example(texts.getValue().remove(), null, texts.getKey()));
      }
      c++;
    }
    return shuffled(examples, random);
  }

  /** A shuffled copy (Fisher and Yates), the same for the same generator on every machine. */
  static <T> List<T> shuffled(Collection<T> items, SplittableRandom random) {
    List<T> result = new ArrayList<>(items);
    for (int i = result.size() - 1; i > 0; i--) {
      Collections.swap(result, i, random.nextInt(i + 1));
    }
    return result;
  }
}
