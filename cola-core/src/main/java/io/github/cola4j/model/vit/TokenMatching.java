package io.github.cola4j.model.vit;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Which tokens a block merges: bipartite soft matching (ToMe, arXiv 2210.09461, section 3). An
 * image's tokens at even places are set a, those at odd places set b. Tokens are as similar as the
 * cosine of their keys, averaged over heads; each of a but the class token chooses its most similar
 * of b, and the r most similar pairs are merged. Of what is equally similar the earlier counts.
 * Afterwards come the rest of a, the class token first, then b.
 *
 * <p>Similarities are compared as multiples of 2⁻¹⁶, so that tokens that are equal tie, although
 * kernels round a column of a matrix otherwise than another. Nothing of it has a gradient.
 *
 * @param sources the tokens that are merged, image by image, most similar first [images · r]
 * @param targets the tokens of b that each is merged into [images · r]
 * @param kept the others' places before, in their new order [images · (n − r)]
 * @param merged the new places of the targets [images · r]
 */
record TokenMatching(int[] sources, int[] targets, int[] kept, int[] merged) {
  private static final double GRID = 1 << 16;

  /**
   * Matches.
   *
   * @param keys K [heads · dh × T]
   * @param r tokens of an image that are merged, half of those beside the class token at most
   */
  static TokenMatching of(Pass pass, Matrix keys, int heads, ImageTokens tokens, int r) {
    double[] metric = metric(pass, keys, heads);
    int images = tokens.images();
    int n = tokens.each();
    int width = keys.rows() / heads;
    TokenMatching all =
        new TokenMatching(
            new int[images * r],
            new int[images * r],
            new int[images * (n - r)],
            new int[images * r]);
    for (int image = 0; image < images; image++) {
      all.match(metric, width, n, r, image);
    }
    return all;
  }

  /** Keys averaged over heads, of length 1 [dh × T]. */
  private static double[] metric(Pass pass, Matrix keys, int heads) {
    var mark = pass.arena().mark();
    int width = keys.rows() / heads;
    Matrix mean = pass.matrix(width, keys.columns());
    pass.kernels().scale(1.0 / heads, keys.rows(0, width), mean);
    for (int h = 1; h < heads; h++) {
      pass.kernels().add(1.0 / heads, keys.rows(h * width, (h + 1) * width), mean);
    }
    double[] metric = mean.toDoubles();
    pass.arena().release(mark);
    for (int from = 0; from < metric.length; from += width) {
      double squares = 0;
      for (int i = from; i < from + width; i++) {
        squares += metric[i] * metric[i];
      }
      double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      for (int i = from; i < from + width; i++) {
        metric[i] *= scale;
      }
    }
    return metric;
  }

  private void match(double[] metric, int width, int n, int r, int image) {
    int first = image * n; // the image's first token
    int countA = (n + 1) / 2;
    int countB = n / 2;
    double[] b = new double[width * countB]; // a feature's values side by side
    for (int j = 0; j < countB; j++) {
      for (int i = 0; i < width; i++) {
        b[i * countB + j] = metric[(first + 2 * j + 1) * width + i];
      }
    }
    int[] best = new int[countA];
    int[] choice = new int[countA];
    double[] scores = new double[countB];
    for (int a = 1; a < countA; a++) { // the class token is a's first
      Arrays.fill(scores, 0);
      for (int i = 0; i < width; i++) {
        double value = metric[(first + 2 * a) * width + i];
        int from = i * countB;
        for (int j = 0; j < countB; j++) {
          scores[j] += value * b[from + j];
        }
      }
      best[a] = Integer.MIN_VALUE;
      for (int j = 0; j < countB; j++) {
        int score = (int) Math.rint(GRID * scores[j]);
        if (score > best[a]) {
          best[a] = score;
          choice[a] = j;
        }
      }
    }
    int[] bySimilarity =
        IntStream.range(1, countA)
            .boxed()
            .sorted(Comparator.comparingInt(a -> -best[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    boolean[] gone = new boolean[countA];
    int rest = n - r;
    for (int pair = 0; pair < r; pair++) {
      int a = bySimilarity[pair];
      gone[a] = true;
      sources[image * r + pair] = first + 2 * a;
      targets[image * r + pair] = first + 2 * choice[a] + 1;
      merged[image * r + pair] = image * rest + countA - r + choice[a];
    }
    int at = image * rest;
    for (int a = 0; a < countA; a++) {
      if (!gone[a]) {
        kept[at++] = first + 2 * a;
      }
    }
    for (int j = 0; j < countB; j++) {
      kept[at++] = first + 2 * j + 1;
    }
  }
}
