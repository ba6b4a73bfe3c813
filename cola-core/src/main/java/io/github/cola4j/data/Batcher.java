package io.github.cola4j.data;

import io.github.cola4j.nn.batch.Batch;
import io.github.cola4j.nn.batch.FeatureBatch;
import io.github.cola4j.nn.batch.ImageBatch;
import io.github.cola4j.nn.batch.PairBatch;
import io.github.cola4j.nn.batch.SequenceBatch;
import io.github.cola4j.nn.batch.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Cuts samples into batches; every choice follows from its arguments. */
public final class Batcher {
  private Batcher() {}

  /** A permutation of 0 … n−1 (Fisher and Yates). */
  public static int[] permutation(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] order = IntStream.range(0, n).toArray();
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  /**
   * Groups chosen samples by length into batches of at most {@code maxTokens} tokens; a longer
   * sample makes a batch of its own.
   *
   * @param chosen indices of samples
   */
  public static List<int[]> byTokens(List<Sample> samples, int[] chosen, int maxTokens) {
    int[] sorted =
        Arrays.stream(chosen)
            .boxed()
            .sorted(Comparator.comparingInt(i -> samples.get(i).length()))
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> batches = new ArrayList<>();
    int from = 0;
    int tokens = 0;
    for (int i = 0; i < sorted.length; i++) {
      int length = samples.get(sorted[i]).length();
      if (i > from && tokens + length > maxTokens) {
        batches.add(Arrays.copyOfRange(sorted, from, i));
        from = i;
        tokens = 0;
      }
      tokens += length;
    }
    if (from < sorted.length) {
      batches.add(Arrays.copyOfRange(sorted, from, sorted.length));
    }
    return batches;
  }

  /** The chosen samples, at least one, as what they all have: tokens, pixels, pairs or features. */
  public static Batch batch(List<Sample> samples, int[] chosen) {
    Sample.Input first = samples.get(chosen[0]).input();
    if (first instanceof Sample.Features) {
      return features(samples, chosen);
    }
    return first instanceof Sample.Pair ? pairs(samples, chosen) : sequences(samples, chosen);
  }

  /** Both sequences of each chosen pair, one after the other. */
  private static PairBatch pairs(List<Sample> samples, int[] chosen) {
    List<Sample> both = new ArrayList<>();
    for (int index : chosen) {
      if (!(samples.get(index).input() instanceof Sample.Pair pair)) {
        throw new IllegalArgumentException("expected pairs alone, got another example");
      }
      both.add(pair.chosen());
      both.add(pair.rejected());
    }
    int[] all = IntStream.range(0, both.size()).toArray();
    return new PairBatch(tokens(both, all), labels(both, all));
  }

  /** The chosen samples, at least one, as what they all have: tokens or pixels. */
  public static SequenceBatch sequences(List<Sample> samples, int[] chosen) {
    return samples.get(chosen[0]).input() instanceof Sample.Pixels
        ? images(samples, chosen)
        : tokens(samples, chosen);
  }

  /** The chosen images, which are of one size. */
  private static ImageBatch images(List<Sample> samples, int[] chosen) {
    Sample.Pixels first = samples.get(chosen[0]).pixels();
    int width = first.values().length;
    float[] all = new float[Math.multiplyExact(chosen.length, width)];
    for (int s = 0; s < chosen.length; s++) {
      Sample.Pixels image = samples.get(chosen[s]).pixels();
      if (image.values().length != width) {
        throw new IllegalArgumentException(
            "expected images of one size, got " + width + " and " + image.values().length);
      }
      image.write(all, s * width);
    }
    return new ImageBatch(all, width, first.tokens());
  }

  /** The features of the chosen samples, each of which has as many. */
  private static FeatureBatch features(List<Sample> samples, int[] chosen) {
    int width = samples.get(chosen[0]).length();
    float[] all = new float[Math.multiplyExact(chosen.length, width)];
    for (int s = 0; s < chosen.length; s++) {
      float[] features = samples.get(chosen[s]).features();
      if (features.length != width) {
        throw new IllegalArgumentException(
            "expected examples of as many features, got " + width + " and " + features.length);
      }
      System.arraycopy(features, 0, all, s * width, width);
    }
    return new FeatureBatch(all, width);
  }

  /** The tokens of the chosen samples side by side. */
  public static TokenBatch tokens(List<Sample> samples, int[] chosen) {
    int[] starts = new int[chosen.length + 1];
    for (int s = 0; s < chosen.length; s++) {
      starts[s + 1] = starts[s] + samples.get(chosen[s]).length();
    }
    int[] ids = new int[starts[chosen.length]];
    int[] typeIds = new int[ids.length];
    for (int s = 0; s < chosen.length; s++) {
      Sample sample = samples.get(chosen[s]);
      System.arraycopy(sample.ids(), 0, ids, starts[s], sample.length());
      System.arraycopy(sample.typeIds(), 0, typeIds, starts[s], sample.length());
    }
    return new TokenBatch(ids, typeIds, starts);
  }

  /** The chosen samples' weights; null where all are 1. */
  public static double[] weights(List<Sample> samples, int[] chosen) {
    double[] weights = Arrays.stream(chosen).mapToDouble(i -> samples.get(i).weight()).toArray();
    return Arrays.stream(weights).allMatch(weight -> weight == 1) ? null : weights;
  }

  /** The chosen samples' labels, one after the other. */
  public static int[] labels(List<Sample> samples, int[] chosen) {
    return Arrays.stream(chosen).flatMap(i -> Arrays.stream(samples.get(i).labels())).toArray();
  }
}
