package io.github.cola4j.model.vit;

import io.github.cola4j.adapter.tokens.TokenModulation;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Merges pairs of tokens (ToMe, arXiv 2210.09461, section 3): a token y of those that stay is the
 * mean of itself and of what is merged into it, weighted by sizes s, how many tokens of the
 * embedding each stands for:
 *
 * <pre>   y = Σ s_t x_t / Σ s_t</pre>
 *
 * Those that are merged may be modulated before ({@link TokenModulation}).
 */
final class TokenMerge {
  private TokenMerge() {}

  /**
   * What the backward needs.
   *
   * @param keptWeights s_t / Σ s of each token that stays [1 × kept]
   * @param sourceWeights the same of each that is merged [1 × sources]
   * @param modulation null without one
   * @param tokens that are left
   */
  record Saved(
      TokenMatching matching,
      Matrix keptWeights,
      Matrix sourceWeights,
      TokenModulation.Saved modulation,
      ImageTokens tokens) {}

  /**
   * Merges; overwrites Y [d × kept].
   *
   * @param modulation null for none
   */
  static Saved forward(
      Pass pass,
      TokenMatching matching,
      ImageTokens tokens,
      Matrix x,
      TokenModulation modulation,
      Matrix y) {
    int d = x.rows();
    int[] sources = matching.sources();
    Matrix source = pass.matrix(d, sources.length);
    pass.kernels().gather(x, sources, false, source);
    TokenModulation.Saved modulated = null;
    if (modulation != null) {
      Matrix target = pass.matrix(d, sources.length);
      pass.kernels().gather(x, matching.targets(), false, target);
      Matrix changed = pass.matrix(d, sources.length);
      modulated = modulation.forward(pass, source, target, tokens.images(), changed);
      source = changed;
    }
    double[] sizes = sizes(matching, tokens);
    Matrix keptWeights = weights(pass, matching.kept(), identity(sizes.length), tokens, sizes);
    Matrix sourceWeights = weights(pass, sources, matching.merged(), tokens, sizes);
    pass.kernels().gather(x, matching.kept(), false, y);
    pass.kernels().scaleColumns(keptWeights, y, 0, y);
    Matrix weighted = pass.matrix(d, sources.length);
    pass.kernels().scaleColumns(sourceWeights, source, 0, weighted);
    scatter(pass, weighted, matching.merged(), y);
    ImageTokens left = ImageTokens.merged(tokens.images(), sizes);
    return new Saved(matching, keptWeights, sourceWeights, modulated, left);
  }

  /** Overwrites dX [d × T] from dY [d × kept], and adds to the modulation's gradients. */
  static void backward(Pass pass, Saved s, TokenModulation modulation, Matrix dY, Matrix dX) {
    var mark = pass.arena().mark();
    int d = dY.rows();
    TokenMatching matching = s.matching;
    int pairs = matching.sources().length;
    Matrix dKept = pass.matrix(d, dY.columns());
    pass.kernels().scaleColumns(s.keptWeights, dY, 0, dKept);
    pass.kernels().fill(0, dX);
    pass.kernels().scatterAdd(dKept, matching.kept(), dX);
    Matrix dSource = pass.matrix(d, pairs);
    pass.kernels().gather(dY, matching.merged(), false, dSource);
    pass.kernels().scaleColumns(s.sourceWeights, dSource, 0, dSource);
    if (modulation != null) {
      Matrix dOriginal = pass.matrix(d, pairs);
      Matrix dTarget = pass.matrix(d, pairs);
      modulation.backward(pass, s.modulation, dSource, dOriginal, dTarget);
      scatter(pass, dTarget, matching.targets(), dX);
      dSource = dOriginal;
    }
    pass.kernels().scatterAdd(dSource, matching.sources(), dX);
    pass.arena().release(mark);
  }

  /** What each token that stays stands for afterwards. */
  private static double[] sizes(TokenMatching matching, ImageTokens tokens) {
    double[] sizes = Arrays.stream(matching.kept()).mapToDouble(tokens::size).toArray();
    for (int pair = 0; pair < matching.sources().length; pair++) {
      sizes[matching.merged()[pair]] += tokens.size(matching.sources()[pair]);
    }
    return sizes;
  }

  /** The share of each token in the one that it becomes part of. */
  private static Matrix weights(
      Pass pass, int[] before, int[] after, ImageTokens tokens, double[] sizes) {
    double[] weights = new double[before.length];
    Arrays.setAll(weights, t -> tokens.size(before[t]) / sizes[after[t]]);
    Matrix all = pass.matrix(1, weights.length);
    all.set(weights);
    return all;
  }

  private static int[] identity(int length) {
    int[] identity = new int[length];
    Arrays.setAll(identity, i -> i);
    return identity;
  }

  /**
   * Column index[t] of Y grows by column t of X, whose index may occur again: each time that it
   * does, in another round.
   */
  private static void scatter(Pass pass, Matrix x, int[] index, Matrix y) {
    int[] seen = new int[y.columns()];
    List<List<Integer>> rounds = new ArrayList<>();
    for (int t = 0; t < index.length; t++) {
      int round = seen[index[t]]++;
      if (round == rounds.size()) {
        rounds.add(new ArrayList<>());
      }
      rounds.get(round).add(t);
    }
    for (List<Integer> round : rounds) {
      var mark = pass.arena().mark();
      int[] from = round.stream().mapToInt(Integer::intValue).toArray();
      int[] to = Arrays.stream(from).map(t -> index[t]).toArray();
      Matrix part = pass.matrix(x.rows(), from.length);
      pass.kernels().gather(x, from, false, part);
      pass.kernels().scatterAdd(part, to, y);
      pass.arena().release(mark);
    }
  }
}
